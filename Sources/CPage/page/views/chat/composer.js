/** Where questions are written. */
import { get, query } from "../../api.js";
import { debounced, h, replace, uniqueID } from "../../dom.js";
import { icon } from "../../icons.js";
import { t } from "../../i18n.js";
import { pickedFiles } from "../../parts/dropzone.js";
import { attachments } from "./attachments.js";

/**
 * @param {(text: string, files: object[]) => void} onSend
 * @param {() => void} onStop
 * @param {Node} extra stands beside the button for files.
 */
export function composer({ onSend, onStop, canSend, extra }) {
    const attached = attachments(() => update());
    const listID = uniqueID("hash");
    const input = h("textarea.composer-input", {
        rows: 1, placeholder: t("Ask anything, # for a collection"), "aria-label": t("Message"), "aria-controls": listID, "aria-autocomplete": "list",
        oninput: () => {
            grow();
            update();
            suggest();
        },
        onkeydown: onKey,
        onpaste: (event) => {
            const files = [...(event.clipboardData?.files ?? [])];
            if (!files.length) return;
            event.preventDefault();
            attached.addFiles(files);
        },
        onblur: () => setTimeout(closeList, 150),
    });
    const list = h("ul.hash-list", { id: listID, role: "listbox", "aria-label": t("Collections and files"), hidden: true });
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
        list, attached.element, input,
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
        closeList();
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
        if (!list.hidden && ["ArrowDown", "ArrowUp", "Enter", "Tab", "Escape"].includes(event.key)) {
            event.preventDefault();
            if (event.key === "Escape") closeList();
            else if (event.key === "Enter" || event.key === "Tab") choose(active);
            else setActive(active + (event.key === "ArrowDown" ? 1 : -1));
            return;
        }
        if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            submit();
        }
    }

    // MARK: The list behind #

    let choices = [];
    let active = 0;
    const wanted = () => /(?:^|\s)#([^\s#]*)$/.exec(input.value.slice(0, input.selectionStart));

    const suggest = debounced(async () => {
        const found = wanted();
        if (!found) return closeList();
        try {
            const [collections, files] = await Promise.all([
                get("/api/v1/knowledge/search" + query({ query: found[1], page: 1 })), get("/api/v1/knowledge/search/files" + query({ query: found[1] })),
            ]);
            choices = [
                ...collections.items.slice(0, 8).map(({ id, name, description }) => ({ type: "collection", id, name, note: description })),
                ...files.items.slice(0, 5).map((file) => ({ type: "file", id: file.id, name: file.meta?.name ?? file.filename, note: t("File") })),
            ];
        } catch {
            choices = [];
        }
        if (wanted()) showList();
    }, 120);

    function showList() {
        replace(
            list, choices.length ? choices.map((choice, index) =>
                h(
                    "li.hash-item", { id: `${listID}-${index}`, role: "option", "aria-selected": "false", onmousedown: (event) => (event.preventDefault(), choose(index)) },
                    icon(choice.type === "collection" ? "book" : "file"), h("span.grow", choice.name), h("span.muted.ellipsis", choice.note ?? "")))
                : h("li.hash-item.muted", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, t("No collection matches.")));
        list.hidden = false;
        input.setAttribute("aria-expanded", "true");
        setActive(0);
    }

    function setActive(index) {
        if (!choices.length) return;
        active = (index + choices.length) % choices.length;
        [...list.children].forEach((item, position) => item.setAttribute("aria-selected", String(position === active)));
        input.setAttribute("aria-activedescendant", `${listID}-${active}`);
        list.children[active]?.scrollIntoView({ block: "nearest" });
    }

    function closeList() {
        list.hidden = true;
        input.removeAttribute("aria-activedescendant");
        input.removeAttribute("aria-expanded");
    }

    function choose(index) {
        const choice = choices[index];
        const found = wanted();
        closeList();
        if (!choice || !found) return;
        const end = input.selectionStart;
        input.value = input.value.slice(0, end - found[1].length - 1) + input.value.slice(end);
        attached.addReference(choice.type, choice.id, choice.name);
        grow();
        input.focus();
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
