/** Settings of a function or tool, as a form made from their JSON schema. */
import { get, post } from "../../api.js";
import { h } from "../../dom.js";
import { t } from "../../i18n.js";
import { openDialog } from "../../parts/dialog.js";
import { area, field, form, numberInput, select, textInput, toggle } from "../../parts/field.js";
import { attempt, toast } from "../../parts/toast.js";

/** What administrators set for everybody. */
export const editValves = (path, item) => edit(`${path}/id/${item.id}/valves`, t("Valves of {name}", { name: item.name }));

/** What each person sets for themselves. */
export const editOwnValves = (path, item) => edit(`${path}/id/${item.id}/valves/user`, t("Your settings of {name}", { name: item.name }));

async function edit(path, title) {
    const [schema, values] = await Promise.all([get(`${path}/spec`), get(path)]);
    const properties = Object.entries(schema?.properties ?? {});
    return openDialog(title, (close) => {
        if (!properties.length) return [h("p.muted", t("It has no valves."))];
        const inputs = properties.map(([name, property]) => control(name, property, values?.[name] ?? property.default, schema));
        const submit = h("button.button.primary", { type: "submit" }, t("Save"));
        return [
            form(
                () => attempt(async () => {
                    await post(`${path}/update`, Object.fromEntries(inputs.map(({ name, read }) => [name, read()])));
                    toast(t("Saved."));
                    close(true);
                }, submit),
                inputs.map(({ element }) => element), h("div.dialog-actions", h("button.button", { type: "button", onclick: () => close() }, t("Cancel")), submit)),
        ];
    }, { wide: properties.length > 5 });
}

/** The control of one property, and how to read it. */
function control(name, property, value, schema) {
    const label = property.title ?? name.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());
    const hint = property.description;
    const type = property.type ?? property.anyOf?.find((other) => other.type && other.type !== "null")?.type;
    const isOptional = property.anyOf?.some((other) => other.type === "null");
    const named = [property, ...(property.allOf ?? []), ...(property.anyOf ?? [])].map((part) => (part.$ref ? schema.$defs?.[part.$ref.split("/").at(-1)] : part));
    const choices = named.find((part) => Array.isArray(part?.enum))?.enum ?? (property.const !== undefined ? [property.const] : null);
    if (choices) {
        const input = select(value, [...(isOptional ? [["", t("Not set")]] : []), ...choices.map((choice) => [String(choice), String(choice)])]);
        return { name, element: field(label, input, hint), read: () => choices.find((choice) => String(choice) === input.value) ?? null };
    }
    if (type === "boolean") {
        const row = toggle(label, value, null, hint);
        return { name, element: row, read: () => row.input.checked };
    }
    if (type === "integer" || type === "number") {
        const input = numberInput(value, { step: type === "integer" ? 1 : "any", min: property.minimum, max: property.maximum });
        return { name, element: field(label, input, hint), read: () => (input.value.trim() === "" ? (isOptional ? null : property.default ?? null) : Number(input.value)) };
    }
    if (type === "array" || type === "object") {
        const input = area(value === undefined ? "" : JSON.stringify(value, null, 2), { rows: 4, spellcheck: "false" });
        input.addEventListener("input", () => {
            try {
                JSON.parse(input.value || "null");
                input.setCustomValidity("");
            } catch {
                input.setCustomValidity(t("This is no JSON."));
            }
        });
        return { name, element: field(label, input, hint), read: () => JSON.parse(input.value || "null") };
    }
    const isSecret = property.format === "password" || /(key|secret|token|password)$/i.test(name);
    const isLong = property.format === "textarea" || (typeof value === "string" && value.includes("\n"));
    const input = isLong ? area(value ?? "") : textInput(value ?? "", { type: isSecret ? "password" : "text" });
    return { name, element: field(label, input, hint), read: () => (input.value === "" && isOptional ? null : input.value) };
}
