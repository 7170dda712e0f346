/** What stands in two braces in a prompt: values that the page knows, and those that it asks for. */
import { h } from "../../dom.js";
import { language, t } from "../../i18n.js";
import { openDialog } from "../../parts/dialog.js";
import { area, field, form, select, textInput } from "../../parts/field.js";
import { session } from "../../session.js";

/** `{{name}}` or `{{name | type:property="value"}}`. */
const pattern = () => /\{\{\s*([^|{}\s]+)\s*(?:\|([^{}]*))?\}\}/g;

const two = (value) => String(value).padStart(2, "0");
const dateOf = (now) => `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
const timeOf = (now) => `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;

/** Known by themselves. Models are told in English, as Open WebUI does. */
const values = {
    CURRENT_DATE: dateOf,
    CURRENT_TIME: timeOf,
    CURRENT_DATETIME: (now) => `${dateOf(now)} ${timeOf(now)}`,
    CURRENT_WEEKDAY: (now) => new Intl.DateTimeFormat("en", { weekday: "long" }).format(now),
    CURRENT_TIMEZONE: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    USER_NAME: () => session.user.name,
    USER_EMAIL: () => session.user.email,
    USER_LANGUAGE: () => language(),
    CLIPBOARD: () => clipboard(),
};

/** What was copied last; nothing where the browser does not say. */
async function clipboard() {
    try {
        return await navigator.clipboard.readText();
    } catch {
        return "";
    }
}

/** `text` with everything filled in, after asking for what the page does not know; `null` when that was left. */
export async function filledIn(text, title) {
    const found = new Map();
    const asked = new Map();
    const now = new Date();
    for (const [, name, definition] of text.matchAll(pattern())) {
        if (Object.hasOwn(values, name) && definition === undefined) found.set(name, await values[name](now));
        else if (definition !== undefined || !asked.has(name)) asked.set(name, { name, ...readDefinition(definition ?? "") });
    }
    const given = asked.size ? await ask(title, [...asked.values()]) : new Map();
    if (!given) return null;
    // What is filled in is not looked at again.
    return text.replace(pattern(), (whole, name, definition) => (given.has(name) ? given.get(name) : definition === undefined && found.has(name) ? found.get(name) : whole));
}

// MARK: Definitions

/** `select:options=["a","b"]:required` as `{type, options, required}`. */
function readDefinition(text) {
    const [first, ...properties] = parts(text.trim());
    const definition = { type: first.replace(/^type\s*=/, "").trim().toLowerCase() };
    for (const property of properties) {
        const at = property.indexOf("=");
        const key = (at < 0 ? property : property.slice(0, at)).trim().toLowerCase();
        if (key && key !== "__proto__") definition[key] = at < 0 ? true : readValue(property.slice(at + 1).trim());
    }
    return definition;
}

/** Cut at colons outside of quotes and brackets. */
function parts(text) {
    const found = [""];
    let [isQuoted, isEscaped, depth] = [false, false, 0];
    for (const sign of text) {
        if (isEscaped) isEscaped = false;
        else if (sign === "\\") isEscaped = true;
        else if (sign === '"') isQuoted = !isQuoted;
        else if (!isQuoted && sign === "[") depth += 1;
        else if (!isQuoted && sign === "]") depth -= 1;
        if (sign === ":" && !isQuoted && depth <= 0) found.push("");
        else found[found.length - 1] += sign;
    }
    return found;
}

function readValue(text) {
    try {
        return JSON.parse(text);
    } catch {
        return text.replace(/^"|"$/g, "");
    }
}

// MARK: Asking

/** What browsers have a field for. */
const plainTypes = ["date", "datetime-local", "month", "time", "email", "url", "tel", "number", "range", "color"];

function control({ type, placeholder, default: value, required, options, min, max, step }) {
    const start = value === undefined || value === null || value === true ? "" : String(value);
    const shared = { placeholder: typeof placeholder === "string" ? placeholder : null, required: required === true || required === "true" };
    if (type === "textarea") return area(start, { ...shared, rows: 4 });
    if (type === "checkbox") return h("input", { type, checked: value === true || start === "true" });
    if (type === "select") {
        const choices = (Array.isArray(options) ? options : String(options ?? "").split(",")).map((option) => String(option?.value ?? option).trim());
        return select(start, [...(choices.includes(start) ? [] : [["", shared.placeholder ?? t("Choose…")]]), ...choices.map((choice) => [choice, choice])], { required: shared.required });
    }
    return textInput(start, { ...shared, type: plainTypes.includes(type) ? type : "text", ...(type === "number" || type === "range" ? { min, max, step: step ?? (type === "number" ? "any" : null) } : {}) });
}

/** Values by name; `undefined` when the dialogue was left. */
function ask(title, definitions) {
    return openDialog(title, (close) => {
        const inputs = definitions.map((definition) => [definition, control(definition)]);
        inputs[0][1].setAttribute("autofocus", "");
        const words = ({ name, label }) => (typeof label === "string" && label ? label : name.replaceAll("_", " "));
        return [
            form(
                () => close(new Map(inputs.map(([{ name, type }, input]) => [name, type === "checkbox" ? String(input.checked) : input.value]))),
                inputs.map(([definition, input]) =>
                    definition.type === "checkbox" ? h("div.checks", h("label", input, words(definition))) : field(words(definition), input, typeof definition.description === "string" ? definition.description : null)),
                h("div.dialog-actions", h("button.button", { type: "button", onclick: () => close() }, t("Cancel")), h("button.button.primary", { type: "submit" }, t("Insert")))),
        ];
    });
}
