import { get, post, query } from "../../api.js";
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { t } from "../../i18n.js";
import { accessEditor } from "../../parts/access.js";
import { openDialog } from "../../parts/dialog.js";
import { area, field, form, listOf, numberInput, numberOf, select, textInput } from "../../parts/field.js";
import { attempt } from "../../parts/toast.js";
import { isAdmin } from "../../session.js";

/** Letters, digits and hyphens out of a name; something that no other model has when nothing is left of it. */
const idFrom = (name) => name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || `model-${Date.now().toString(36)}`;

/** Makes or changes a workspace model; gives the row, or `undefined` when it was left. */
export async function editModel(listed) {
    const [model, bases] = await Promise.all([
        listed ? get("/api/v1/models/model" + query({ id: listed.id })) : null,
        get("/api/models").then((answer) => answer.data.filter((entry) => !entry.preset)),
    ]);
    return openDialog(model ? t("Edit the model") : t("New model"), (close) => {
        const { meta = {}, params = {} } = model ?? {};
        const name = textInput(model?.name, { required: true, maxlength: 200, autofocus: true });
        const id = textInput(model?.id, { required: true, maxlength: 200, pattern: "\\S+", disabled: Boolean(model) });
        if (!model) name.addEventListener("input", () => (id.value = idFrom(name.value)));
        const base = select(model?.base_model_id ?? bases[0]?.id, [
            ...bases.map((entry) => [entry.id, entry.name]),
            ...(model?.base_model_id && !bases.some((entry) => entry.id === model.base_model_id) ? [[model.base_model_id, t("{name} (not available)", { name: model.base_model_id })]] : []),
        ], { required: true });
        const description = textInput(meta.description, { maxlength: 1000 });
        const system = area(params.system, { rows: 6 });
        const temperature = numberInput(params.temperature, { step: "any", min: 0, max: 2 });
        const topP = numberInput(params.top_p, { step: "any", min: 0, max: 1 });
        const tokens = numberInput(params.max_tokens, { min: 1, step: 1 });
        const stop = textInput((params.stop ?? []).join?.(", ") ?? params.stop ?? "");
        const tags = textInput((meta.tags ?? []).map((tag) => tag.name).join(", "));
        const knowledge = knowledgeChooser(meta.knowledge ?? []);
        const access = accessEditor(model?.access_grants);
        const submit = h("button.button.primary", { type: "submit" }, model ? t("Save") : t("Create"));

        /** What is empty is left to the base model; what this form does not know stays. */
        function parameters() {
            const values = { system: system.value.trim() || null, temperature: numberOf(temperature), top_p: numberOf(topP), max_tokens: numberOf(tokens), stop: stop.value.trim() ? listOf(stop.value) : null };
            const result = { ...params };
            for (const [key, value] of Object.entries(values)) {
                if (value === null) delete result[key];
                else result[key] = value;
            }
            return result;
        }

        return [
            form(
                () => attempt(async () => {
                    const row = {
                        id: id.value.trim(), name: name.value.trim(), base_model_id: base.value, params: parameters(), is_active: model?.is_active ?? true, access_grants: access.grants(),
                        meta: { ...meta, description: description.value.trim() || null, tags: listOf(tags.value).map((tag) => ({ name: tag })), knowledge: knowledge.chosen() },
                    };
                    if (!model) return close(await post("/api/v1/models/create", row));
                    await post("/api/v1/models/model/access/update", { id: row.id, access_grants: row.access_grants });
                    close(await post("/api/v1/models/model/update" + query({ id: row.id }), row));
                }, submit),
                h("div.fields", field(t("Name"), name), field(t("Id"), id, t("Programs use it; it cannot be changed later."))),
                h("div.fields", field(t("Base model"), base), field(t("Description"), description)),
                field(t("System prompt"), system, t("What the model is told before every chat. {{USER_NAME}} and {{CURRENT_DATE}} are filled in.")), knowledge,
                h(
                    "div.fields", field(t("Temperature"), temperature), field("top_p", topP), field(t("Longest answer (tokens)"), tokens),
                    field(t("Stop at"), stop, t("Separated by commas."))),
                field(t("Tags"), tags, t("Separated by commas.")), access,
                !isAdmin() ? null : h("p.hint", t("People also need access to the base model.")),
                h("div.dialog-actions", h("button.button", { type: "button", onclick: () => close() }, t("Cancel")), submit)),
        ];
    }, { wide: true });
}

/** Collections that the model always looks into. */
function knowledgeChooser(items) {
    let chosen = [...items];
    const chips = h("div.attachments");
    const add = select("", [["", t("Add a collection…")]], {
        "aria-label": t("Add a collection…"),
        onchange: () => {
            const item = known.find((entry) => entry.id === add.value);
            add.value = "";
            if (!item || chosen.some((entry) => entry.id === item.id)) return;
            chosen.push({ type: "collection", id: item.id, name: item.name });
            show();
        },
    });
    let known = [];
    get("/api/v1/knowledge/search?page=1").then(({ items: found }) => {
        known = found;
        add.append(...found.map((item) => h("option", { value: item.id }, item.name)));
    }).catch(() => {});

    function show() {
        replace(
            chips, chosen.map((item) =>
                h(
                    "div.chip.removable", icon("book"), h("span", item.name ?? item.id),
                    h("button.icon-button.small", {
                        type: "button", "aria-label": t("Remove {name}", { name: item.name ?? item.id }),
                        onclick: () => {
                            chosen = chosen.filter((entry) => entry !== item);
                            show();
                        },
                    }, icon("close")))));
        chips.hidden = !chosen.length;
    }

    show();
    const element = h("fieldset.field", h("legend", t("Knowledge")), chips, add);
    element.chosen = () => chosen;
    return element;
}
