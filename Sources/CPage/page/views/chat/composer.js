/** Where questions are written. */
import { get, query } from "../../api.js";
import { h } from "../../dom.js";
import { icon } from "../../icons.js";
import { t } from "../../i18n.js";
import { pickedFiles } from "../../parts/dropzone.js";
import { attempt } from "../../parts/toast.js";
import { attachments } from "./attachments.js";
import { suggestions } from "./suggestions.js";

/**
 * @param {(text: string, files: object[]) => void} onSend
 * @param {() => void} onStop
 * @param {Node} extra stands beside the button for files.
 */
export function composer({ onSend, onStop, canSend, extra }) {
    const attached = attachments(() => update());
    const input = h("textarea.composer-input", {
        rows: 1, placeholder: t("Ask anything (# collections, / prompts)"), "aria-label": t("Message"),
        oninput: () => {
            grow();
            update();
            list.suggest();
        },
        onkeydown: onKey,
        onpaste: (event) => {
            const files = [...(event.clipboardData?.files ?? [])];
            if (!files.length) return;
            event.preventDefault();
            attached.addFiles(files);
        },
        onblur: () => setTimeout(list.close, 150),
    });
    const list = suggestions(input, [documents(attached), prompts()], () => {
        grow();
        update();
    });
    const picker = h("input", {
        type: "file", multiple: true, hidden: true, tabindex: -1, "aria-hidden": "true",
        onchange: () => {
            attached.addFiles(pickedFiles(picker).map(({ file }) => file));
            picker.value = "";
        },
    });
    const send = h("button.send", { type: "submit", "aria-label": t("Send"), title: t("Send") }, icon("send"));
    const stop = h("button.send.stop", { type: "button", "aria-label": t("Stop the answer"), title: t("Stop the answer"), hidden: true, onclick: onStop }, icon("stop"));
    const element = h(
        "form.composer", {
            onsubmit: (event) => {
                event.preventDefault();
                submit();
            },
        },
        list.element, attached.element, input,
        h(
            "div.composer-row",
            h("button.icon-button", { type: "button", "aria-label": t("Attach files"), title: t("Attach files"), onclick: () => picker.click() }, icon("attach")), picker, extra,
            h("span.composer-hint", t("Enter sends, Shift+Enter breaks the line")), send, stop));
    let isAnswering = false;

    function update() {
        send.disabled = isAnswering || attached.isBusy || !canSend() || (!input.value.trim() && !attached.count);
    }

    function submit() {
        update();
        if (send.disabled) return;
        const text = input.value.trim();
        input.value = "";
        grow();
        list.close();
        onSend(text, attached.take());
        update();
    }

    function grow() {
        input.style.height = "auto";
        input.style.height = `${Math.min(input.scrollHeight, innerHeight * 0.4)}px`;
    }

    function onKey(event) {
        // Enter also ends a syllable that is being composed.
        if (event.isComposing || event.keyCode === 229) return;
        if (list.take(event.key)) return event.preventDefault();
        if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            submit();
        }
    }

    update();
    return {
        element, update,
        addFiles: (files) => attached.addFiles(files),
        addReference: attached.addReference,
        focus: () => input.focus({ preventScroll: true }),
        setText(text) {
            input.value = text;
            grow();
            update();
            input.focus();
        },
        setAnswering(value) {
            isAnswering = value;
            send.hidden = value;
            stop.hidden = !value;
            update();
        },
    };
}

/** `#`: collections and files, which are attached to the question. */
const documents = (attached) => ({
    sign: "#", label: t("Collections and files"), none: t("No collection matches."),
    async find(text) {
        const [collections, files] = await Promise.all([
            get("/api/v1/knowledge/search" + query({ query: text, page: 1 })), get("/api/v1/knowledge/search/files" + query({ query: text })),
        ]);
        return [
            ...collections.items.slice(0, 8).map(({ id, name, description }) => ({ type: "collection", picture: "book", id, name, note: description })),
            ...files.items.slice(0, 5).map((file) => ({ type: "file", picture: "file", id: file.id, name: file.meta?.name ?? file.filename, note: t("File") })),
        ];
    },
    choose({ type, id, name }) {
        attached.addReference(type, id, name);
        return "";
    },
});

/** `/`: prompts, whose text is written out. */
const prompts = () => ({
    sign: "/", label: t("Prompts"), none: t("No prompt matches."),
    find: async (text, isNew) => (await import("./prompts.js")).findPrompts(text, isNew),
    choose: (prompt) => attempt(async () => (await import("./prompts.js")).writtenOut(prompt)),
});
