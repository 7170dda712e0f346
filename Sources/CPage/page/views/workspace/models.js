/** Workspace models: a base model with instructions, parameters and knowledge. */
import { get, post, query } from "../../api.js";
import { h } from "../../dom.js";
import { icon } from "../../icons.js";
import { ago, t } from "../../i18n.js";
import { confirmed } from "../../parts/dialog.js";
import { empty } from "../../parts/field.js";
import { cardListing } from "../../parts/listing.js";
import { moreButton } from "../../parts/menu.js";
import { attempt } from "../../parts/toast.js";
import { session } from "../../session.js";
import { accessTag } from "../knowledge/collections.js";
import { editModel } from "./model-editor.js";

export async function modelsSection() {
    const { search, cards, place, load, reload } = cardListing({
        label: t("Search models"), noMatch: t("No model matches."), card: (model) => card(model),
        ask: (text, page) => get("/api/v1/models/list" + query({ query: text, page })),
        nothing: () => empty(icon("cube"), t("No workspace models yet"), t("Give a model instructions and documents, and a name of its own."), makeButton()),
    });
    const edit = async (model) => {
        if (await editModel(model)) reload();
    };
    const makeButton = () => h("button.button.primary", { type: "button", onclick: () => edit(null) }, icon("plus"), t("New model"));

    function card(model) {
        return h(
            "li.card", h("a.card-title", { href: `/?model=${encodeURIComponent(model.id)}` }, model.name), model.meta?.description ? h("p", model.meta.description) : h("p", model.base_model_id ?? ""),
            h(
                "div.card-foot", model.is_active === false ? h("span.tag.warn", t("Off")) : null, accessTag(model),
                model.user && model.user.id !== session.user.id ? h("span", model.user.name) : null, h("span", ago(model.updated_at))),
            model.write_access !== false ? moreButton(t("Actions for {title}", { title: model.name }), () => [
                { label: t("Edit"), icon: "edit", run: () => edit(model) },
                {
                    label: model.is_active === false ? t("Switch on") : t("Switch off"), icon: "check",
                    run: () => attempt(async () => {
                        await post("/api/v1/models/model/toggle" + query({ id: model.id }));
                        await reload();
                    }),
                },
                {
                    label: t("Delete"), icon: "trash", danger: true,
                    run: async () => {
                        if (!(await confirmed(t("Delete the model?"), t("“{title}” will be gone for good.", { title: model.name })))) return;
                        attempt(async () => {
                            await post("/api/v1/models/model/delete", { id: model.id });
                            await reload();
                        });
                    },
                },
            ]) : null);
    }

    await load();
    return [h("div.section-head", h("p.muted", t("Models with instructions, parameters and knowledge of your own.")), makeButton()), search, cards, place];
}
