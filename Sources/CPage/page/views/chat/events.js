/**
 * What functions say and ask while they work. Nothing of it is trusted: texts become text, addresses are looked at, and code that a
 * function sends for the browser is never run.
 */
import { post } from "../../api.js";
import { h } from "../../dom.js";
import { t } from "../../i18n.js";
import { openDialog } from "../../parts/dialog.js";
import { area, field, form, textInput } from "../../parts/field.js";
import { failed, toast } from "../../parts/toast.js";
import { mayRemember, session } from "../../session.js";

/** What goes with requests: somebody is there to be asked, memories are told or not; none of what other pages can turn on. */
export const features = () => ({
    event_call: true, web_search: false, image_generation: false, code_interpreter: false, ...(mayRemember() && session.settings.memory === true ? { memory: true } : {}),
});

const largestHistory = 200;
const text = (value) => (typeof value === "string" ? value : value === null || value === undefined ? "" : JSON.stringify(value));

/**
 * Puts an event into the answer that it belongs to.
 * @returns what of the answer is to be shown anew: `steps`, `replaced`, `content` (with `piece`), `sources`, `files`; `null` for nothing.
 */
export function applyEvent(answer, event) {
    const data = event.data ?? {};
    switch (event.type) {
    case "status":
        answer.statusHistory = [...(answer.statusHistory ?? []), data].slice(-largestHistory);
        return { field: "steps" };
    case "message":
    case "chat:message:delta":
        answer.content += text(data.content);
        return { field: "content", piece: text(data.content) };
    case "replace":
    case "chat:message":
        answer.content = text(data.content);
        return { field: "replaced" };
    case "citation":
    case "source":
        answer.sources = [...(answer.sources ?? []), data];
        return { field: "sources" };
    case "files":
    case "chat:message:files":
        answer.files = (Array.isArray(data.files) ? data.files : []).filter((file) => file && typeof file === "object").slice(0, 32);
        return { field: "files" };
    case "chat:message:error":
        answer.error = data.error ?? data;
        return null;
    case "notification":
        toast(text(data.content ?? data.message).slice(0, 2000), { error: "error", warning: "warn" }[data.type] ?? "info");
        return null;
    default:
        return null;
    }
}

/** Shows the question of an event and sends the answer. @param {AbortSignal} signal ends it without an answer when nobody waits any more. */
export async function answerQuestion(event, signal) {
    const value = await ask(event, signal);
    if (signal?.aborted) return;
    try {
        await post(`/api/chat/events/${encodeURIComponent(event.id)}`, { value });
    } catch (error) {
        // Somebody else was faster, or it came too late: the answer says so by itself.
        if (error.status !== 404) failed(error);
    }
}

async function ask(event, signal) {
    const data = event.data ?? {};
    const title = text(data.title) || t("A function asks");
    const actions = (close, submit) => h("div.dialog-actions", h("button.button", { type: "button", onclick: () => close() }, t("Cancel")), submit);
    if (event.type === "confirmation") {
        const given = await openDialog(title, (close) => [
            h("p.pre", text(data.message)), actions(close, h("button.button.primary", { type: "button", autofocus: true, onclick: () => close(true) }, t("Confirm"))),
        ], { signal });
        return given === true;
    }
    if (event.type === "input") {
        const isSecret = data.type === "password";
        const shared = { placeholder: text(data.placeholder), autofocus: true };
        const input = isSecret ? textInput("", { ...shared, type: "password" }) : area(text(data.value), { ...shared, rows: 3 });
        const given = await openDialog(title, (close) => [
            data.message ? h("p.pre", text(data.message)) : null,
            form(() => close(input.value), field(t("Answer"), input), actions(close, h("button.button.primary", { type: "submit" }, t("Send")))),
        ], { signal });
        return given ?? false;
    }
    if (event.type === "execute") toast(t("A function wanted to run code in this page. That is not done here."), "error");
    return null;
}
