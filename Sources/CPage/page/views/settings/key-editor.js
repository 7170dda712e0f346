import { get, post } from "../../api.js";
import { h } from "../../dom.js";
import { nameWords, t } from "../../i18n.js";
import { openDialog } from "../../parts/dialog.js";
import { field, form, listOf, numberInput, numberOf, select, textInput } from "../../parts/field.js";
import { attempt } from "../../parts/toast.js";

const scopes = ["chat", "models", "chats", "files", "knowledge", "account", "admin"];

/** Makes or changes a named key; gives the key, with its secret when it is new. */
export async function editKey(key) {
    const [models, collections] = await Promise.all([
        get("/api/models").then(({ data }) => data.map(({ id, name }) => [id, name])).catch(() => []),
        get("/api/v1/knowledge/search?page=1").then(({ items }) => items.map(({ id, name }) => [id, name])).catch(() => []),
    ]);
    return openDialog(key ? t("Change the key") : t("New key"), (close) => {
        const limits = key?.limits ?? {};
        const name = textInput(key?.name, { required: true, maxlength: 100, autofocus: true, placeholder: t("Where it will be used") });
        const expiry = select("keep", [
            ...(key?.expires_at ? [["keep", t("As it is")]] : [["keep", t("Never")]]), ["7", t("In 7 days")], ["30", t("In 30 days")], ["90", t("In 90 days")], ["365", t("In a year")],
            ...(key?.expires_at ? [["never", t("Never")]] : []),
        ]);
        const scopeBoxes = checks(scopes.map((scope) => [scope, nameWords(scope)]), limits.scopes ?? []);
        const modelBoxes = checks(models, limits.models ?? []);
        const knowledgeBoxes = checks(collections, limits.knowledge ?? []);
        const addresses = textInput((limits.addresses ?? []).join(", "), { placeholder: "10.0.0.0/8, 2001:db8::/32" });
        const numbers = Object.fromEntries(
            ["requests_per_minute", "tokens_per_minute", "tokens_per_day", "tokens_per_month", "cost_per_day", "cost_per_month"].map((limit) =>
                [limit, numberInput(limits[limit], { min: 0, step: limit.startsWith("cost") ? "any" : 1 })]));
        const submit = h("button.button.primary", { type: "submit" }, key ? t("Save") : t("Make the key"));

        function read() {
            const wanted = { scopes: scopeBoxes.chosen(), models: modelBoxes.chosen(), knowledge: knowledgeBoxes.chosen(), addresses: listOf(addresses.value) };
            const result = Object.fromEntries(Object.entries(wanted).filter(([, list]) => list.length));
            for (const [limit, input] of Object.entries(numbers)) if (numberOf(input) !== null) result[limit] = numberOf(input);
            const body = { name: name.value.trim(), limits: result };
            if (expiry.value === "never") body.expires_at = null;
            else if (expiry.value !== "keep") body.expires_at = Math.floor(Date.now() / 1000) + Number(expiry.value) * 86400;
            return body;
        }

        return [
            form(
                () => attempt(async () => close(await post(key ? `/api/v1/auths/api_keys/${key.id}/update` : "/api/v1/auths/api_keys", read())), submit),
                h("div.fields", field(t("Name"), name), field(t("Expires"), expiry)),
                group(t("May be used for"), scopeBoxes, t("Nothing chosen means everything.")),
                models.length ? group(t("Models"), modelBoxes, t("Nothing chosen means all that you may use.")) : null,
                collections.length ? group(t("Collections"), knowledgeBoxes, t("Nothing chosen means all that you may read.")) : null,
                field(t("Addresses"), addresses, t("Only from these networks. Empty means from anywhere.")),
                h(
                    "div.fields", field(t("Requests a minute"), numbers.requests_per_minute), field(t("Tokens a minute"), numbers.tokens_per_minute),
                    field(t("Tokens a day"), numbers.tokens_per_day), field(t("Tokens a month"), numbers.tokens_per_month), field(t("Cost a day"), numbers.cost_per_day),
                    field(t("Cost a month"), numbers.cost_per_month)),
                h("div.dialog-actions", h("button.button", { type: "button", onclick: () => close() }, t("Cancel")), submit)),
        ];
    }, { wide: true });
}

const group = (title, boxes, hint) => h("fieldset.field", h("legend", title), boxes, h("p.hint", hint));

function checks(choices, chosen) {
    const known = [...choices, ...chosen.filter((id) => !choices.some(([choice]) => choice === id)).map((id) => [id, id])];
    const inputs = known.map(([id, label]) => [id, h("input", { type: "checkbox", checked: chosen.includes(id) }), label]);
    const element = h("div.checks", inputs.map(([, input, label]) => h("label", input, label)));
    element.chosen = () => inputs.filter(([, input]) => input.checked).map(([id]) => id);
    return element;
}
