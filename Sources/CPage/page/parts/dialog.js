import { h, append, uniqueID } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { raiseToasts } from "./toast.js";

/**
 * Opens a modal dialogue over the page. The browser keeps the focus inside and gives it back.
 * @param {(close: (value?: any) => void) => Node[]} content
 * @param {AbortSignal} options.signal closes it, as if it were left.
 * @returns a promise of what `close` was called with; `undefined` when it was left.
 */
export function openDialog(title, content, { wide = false, signal } = {}) {
    return new Promise((resolve) => {
        const heading = uniqueID("dialog");
        let result;
        const close = (value) => {
            result = value;
            dialog.close();
        };
        const dialog = h(
            "dialog.dialog", { class: wide ? "wide" : null, "aria-labelledby": heading },
            h(
                "header.dialog-head", h("h2", { id: heading }, title),
                h("button.icon-button", { type: "button", "aria-label": t("Close"), onclick: () => close() }, icon("close"))));
        append(dialog, h("div.dialog-body", content(close)));
        dialog.addEventListener("close", () => {
            raiseToasts();
            dialog.remove();
            resolve(result);
        });
        signal?.addEventListener("abort", () => dialog.open && dialog.close());
        // A press on the dark around it.
        dialog.addEventListener("mousedown", (event) => event.target === dialog && close());
        document.body.append(dialog);
        dialog.showModal();
        raiseToasts();
        dialog.querySelector("[autofocus]")?.focus();
    });
}

/** Asks before something that cannot be undone. */
export const confirmed = (title, text, action = t("Delete")) =>
    openDialog(title, (close) => [
        h("p", text),
        h(
            "div.dialog-actions", h("button.button", { type: "button", onclick: () => close(false) }, t("Cancel")),
            h("button.button.danger", { type: "button", autofocus: true, onclick: () => close(true) }, action)),
    ]).then((value) => value === true);

/** Asks for one line of text; `null` when there is none. */
export const asked = (title, label, value = "", action = t("Save")) =>
    openDialog(title, (close) => {
        const id = uniqueID("field");
        const input = h("input.input", { id, value, required: true, maxlength: 200, autofocus: true, autocomplete: "off" });
        return [
            h(
                "form", {
                    onsubmit: (event) => {
                        event.preventDefault();
                        if (input.value.trim()) close(input.value.trim());
                    },
                },
                h("div.field", h("label", { for: id }, label), input),
                h(
                    "div.dialog-actions", h("button.button", { type: "button", onclick: () => close() }, t("Cancel")),
                    h("button.button.primary", { type: "submit" }, action))),
        ];
    }).then((text) => text ?? null);
