import { h, announce, replace } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";

/** Puts text on the clipboard, also where the page is not served over TLS. */
export async function copyText(text) {
    if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
    const helper = h("textarea.visually-hidden", { value: text, readonly: true, "aria-hidden": "true" });
    (document.querySelector("dialog[open]") ?? document.body).append(helper);
    helper.select();
    document.execCommand("copy");
    helper.remove();
}

/** @param {() => string} text asked when it is pressed. */
export function copyButton(text, { label = t("Copy"), named = false } = {}) {
    const button = h("button", {
        type: "button", class: named ? "button small" : "icon-button small", "aria-label": named ? null : label, title: named ? null : label,
        onclick: async () => {
            await copyText(text());
            announce(t("Copied"));
            replace(button, icon("check"), named ? t("Copied") : null);
            setTimeout(() => replace(button, icon("copy"), named ? label : null), 1500);
        },
    }, icon("copy"), named ? label : null);
    return button;
}
