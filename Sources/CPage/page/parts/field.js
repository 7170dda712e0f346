/** Form controls with their labels. */
import { h, uniqueID } from "../dom.js";

/** A label over a control, with a hint under it. */
export function field(label, control, hint) {
    const id = (control.id ||= uniqueID("field"));
    let note = null;
    if (hint) {
        note = h("p.hint", { id: id + "-hint" }, hint);
        control.setAttribute("aria-describedby", note.id);
    }
    return h("div.field", h("label", { for: id }, label), control, note);
}

export const textInput = (value = "", attributes = {}) => h("input.input", { type: "text", value: value ?? "", autocomplete: "off", ...attributes });

export const numberInput = (value, attributes = {}) => h("input.input", { type: "number", value: value ?? "", inputmode: "decimal", ...attributes });

export const area = (value = "", attributes = {}) => h("textarea.input", { rows: 4, value: value ?? "", ...attributes });

/** @param {[string, string][]} choices value and text. */
export const select = (value, choices, attributes = {}) =>
    h("select.input", { ...attributes, value: String(value ?? "") }, choices.map(([key, text]) => h("option", { value: key }, text)));

/** A switch with its label beside it. */
export function toggle(label, isOn, onChange, hint) {
    const id = uniqueID("switch");
    const input = h("input.switch", { type: "checkbox", role: "switch", id, checked: Boolean(isOn), "aria-describedby": hint ? id + "-hint" : null });
    if (onChange) input.addEventListener("change", () => onChange(input.checked, input));
    const row = h("div.switch-row", h("div", h("label", { for: id }, label), hint ? h("p.hint", { id: id + "-hint" }, hint) : null), input);
    row.input = input;
    return row;
}

/** What a number field says; `null` when it is empty. */
export const numberOf = (input) => (input.value.trim() === "" ? null : Number(input.value));

/** Lines or commas to a list without empty entries. */
export const listOf = (text) => text.split(/[\n,]/).map((item) => item.trim()).filter(Boolean);

/** A form that calls `onSubmit` and nothing else. */
export const form = (onSubmit, ...children) =>
    h(
        "form.form", {
            onsubmit: (event) => {
                event.preventDefault();
                onSubmit(event);
            },
        },
        ...children);

/**
 * A table of everything; it scrolls by itself where it is too wide.
 * @param {(string | {number: string})[]} heads `number` for a column of figures.
 */
export const table = (caption, heads, rows) =>
    h(
        "div.table-scroll", { tabindex: 0, role: "region", "aria-label": caption },
        h("table.table", h("thead", h("tr", heads.map((head) => h("th", { scope: "col", class: head.number ? "number" : null }, head.number ?? head)))), h("tbody", rows)));

/** What stands where there is nothing yet. */
export const empty = (picture, title, text, action) => h("div.empty", picture, h("h2", title), text ? h("p", text) : null, action ?? null);

export const spinner = (label) => h("div.spinner-row", { role: "status" }, h("span.spinner"), h("span.visually-hidden", label));
