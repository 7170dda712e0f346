/** Models of the connections: which are offered, and to whom. */
import { get, post, query } from "../../api.js";
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { t } from "../../i18n.js";
import { accessEditor } from "../../parts/access.js";
import { openDialog } from "../../parts/dialog.js";
import { empty, field, form, textInput, toggle } from "../../parts/field.js";
import { searchBox } from "../../parts/listing.js";
import { attempt, toast } from "../../parts/toast.js";
import { accessTag } from "../knowledge/collections.js";

export async function modelsSection() {
    const list = h("ul.card-list");
    let models = [];
    const search = searchBox(t("Search models"), () => show());

    async function load(refresh = false) {
        const [offered, rows] = await Promise.all([get("/api/models/base" + (refresh ? "?refresh=true" : "")), get("/api/v1/models/base")]);
        const byID = new Map(rows.map((row) => [row.id, row]));
        models = offered.data.map((model) => ({ ...model, name: byID.get(model.id)?.name ?? model.name, info: byID.get(model.id) }));
        show();
    }

    /** A model that nobody has touched has no row on the server yet. */
    const ensureRow = async (model) => model.info ?? (await post("/api/v1/models/model/access/update", { id: model.id, name: model.name, access_grants: [] }));

    function show() {
        const text = search.value.trim().toLowerCase();
        const shown = models.filter((model) => `${model.id} ${model.name}`.toLowerCase().includes(text));
        replace(
            list, shown.slice(0, 300).map((model) => {
                const isActive = model.info?.is_active !== false;
                const active = toggle("", isActive, (_, input) => attempt(async () => {
                    input.disabled = true;
                    try {
                        await ensureRow(model);
                        await post("/api/v1/models/model/toggle" + query({ id: model.id }));
                    } finally {
                        await load();
                    }
                }));
                active.input.setAttribute("aria-label", t("Offer {name}", { name: model.name }));
                return h(
                    "li.card-row", icon("cube"), h("div.text", h("strong", model.name), h("p", model.name === model.id ? (model.owned_by ?? "") : model.id)), accessTag(model.info ?? {}),
                    h("button.button.small", {
                        type: "button", "aria-label": t("Access to {name}", { name: model.name }),
                        onclick: async () => {
                            if (await editAccess(model)) attempt(() => load());
                        },
                    }, t("Access")), active.input);
            }),
            shown.length ? null : h("li", empty(icon("cube"), t("No models"), t("Add a connection, and its models appear here."))));
    }

    await load();
    return [
        h("p.notice", icon("info"), t("People see only models that they were given access to. Administrators see all.")),
        h("div.row", h("div.grow", search), h("button.button", { type: "button", onclick: (event) => attempt(() => load(true), event.currentTarget) }, icon("retry"), t("Ask the servers again"))), list,
    ];
}

function editAccess(model) {
    return openDialog(t("Access to {name}", { name: model.name }), (close) => {
        const name = textInput(model.name, { required: true, maxlength: 200 });
        const access = accessEditor(model.info?.access_grants);
        const submit = h("button.button.primary", { type: "submit" }, t("Save"));
        return [
            form(
                () => attempt(async () => {
                    await post("/api/v1/models/model/access/update", { id: model.id, name: name.value.trim(), access_grants: access.grants() });
                    toast(t("Saved."));
                    close(true);
                }, submit),
                model.info ? null : field(t("Name"), name), access,
                h("div.dialog-actions", h("button.button", { type: "button", onclick: () => close() }, t("Cancel")), submit)),
        ];
    });
}
