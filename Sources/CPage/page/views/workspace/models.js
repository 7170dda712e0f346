/** Workspace models: a base model with instructions, parameters and knowledge. */
import { get, post, query } from "../../api.js";
import { debounced, h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { ago, t } from "../../i18n.js";
import { confirmed } from "../../parts/dialog.js";
import { empty } from "../../parts/field.js";
import { moreButton } from "../../parts/menu.js";
import { attempt } from "../../parts/toast.js";
import { session } from "../../session.js";
import { accessTag } from "../knowledge/collections.js";
import { editModel } from "./model-editor.js";

export async function modelsView() {
    let page = 1;
    const cards = h("ul.cards");
    const place = h("div");
    const search = h("input.input", {
        type: "search", placeholder: t("Search models"), "aria-label": t("Search models"), autocomplete: "off",
        oninput: debounced(() => {
            page = 1;
            attempt(load);
        }),
    });

    async function load() {
        const { items, total } = await get("/api/v1/models/list" + query({ query: search.value.trim(), page }));
        if (page === 1) replace(cards);
        cards.append(...items.map(card));
        replace(
            place,
            !total ? (search.value.trim() ? h("p.muted.pad", t("No model matches.")) : empty(icon("cube"), t("No workspace models yet"), t("Give a model instructions and documents, and a name of its own."), makeButton())) : null,
            cards.children.length < total ? h("button.button.full", {
                type: "button",
                onclick: (event) => {
                    page += 1;
                    attempt(load, event.currentTarget);
                },
            }, t("Show more")) : null);
    }

    const reload = () => {
        page = 1;
        return attempt(load);
    };
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
    return {
        title: t("Workspace"),
        content: h("div.page", h("header.page-head", h("h1", t("Workspace models")), makeButton(), h("p", t("Models with instructions, parameters and knowledge of your own."))), search, cards, place),
    };
}
