import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";

/** A short message that goes away by itself; errors stay until they are closed. @param {"info" | "warn" | "error"} kind */
export function toast(text, kind = "info") {
    const close = h("button.icon-button.small", { type: "button", "aria-label": t("Close"), onclick: () => item.remove() }, icon("close"));
    const item = h("div.toast", { class: kind, role: kind === "error" ? "alert" : null }, icon(kind === "info" ? "check" : "alert"), h("p", text), close);
    document.getElementById("toasts").append(item);
    raiseToasts();
    if (kind !== "error") setTimeout(() => item.remove(), 4000);
    return item;
}

/** Under a modal dialogue nothing can be read or pressed: the messages move into the uppermost one, or back to the page. */
export function raiseToasts() {
    const top = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
    const place = document.getElementById("toasts");
    if (place.parentElement !== top) top.append(place);
}

/** Tells what went wrong; stopping something is nothing wrong. */
export function failed(error) {
    if (error?.name === "AbortError") return;
    toast(error?.message || t("Something went wrong."), "error");
    if (!error?.status && error?.status !== 0) console.error(error);
}

/** Runs `work` while `button` waits; errors are told. Gives `undefined` after an error. */
export async function attempt(work, button) {
    button?.setAttribute("aria-busy", "true");
    if (button) button.disabled = true;
    try {
        return await work();
    } catch (error) {
        failed(error);
        return undefined;
    } finally {
        button?.removeAttribute("aria-busy");
        if (button) button.disabled = false;
    }
}
