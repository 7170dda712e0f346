/** The list over the place to write, which a sign opens: `#` for documents, `/` for prompts. */
import { debounced, h, replace, uniqueID } from "../../dom.js";
import { icon } from "../../icons.js";
import { t } from "../../i18n.js";

/**
 * A kind of things that a sign stands for.
 * @typedef {object} Source
 * @property {string} sign
 * @property {string} label what the list is called.
 * @property {string} none said when nothing matches.
 * @property {(text: string, isNew: boolean) => Promise<{picture: string, name: string, note?: string}[]>} find what matches; `isNew` when the list has just been opened.
 * @property {(choice: object) => string | null | Promise<string | null>} choose gives what takes the place of the sign and the word; `null` leaves them.
 */

/**
 * @param {HTMLTextAreaElement} input
 * @param {Source[]} sources
 * @param {() => void} onChange is called after the text was changed.
 */
export function suggestions(input, sources, onChange) {
    const id = uniqueID("hash");
    const element = h("ul.hash-list", { id, role: "listbox", "aria-label": sources[0].label, hidden: true });
    input.setAttribute("aria-controls", id);
    input.setAttribute("aria-autocomplete", "list");
    // A field of several lines may not say that it is expanded; what is chosen is told by `aria-activedescendant`.
    input.setAttribute("aria-haspopup", "listbox");
    let choices = [];
    let active = 0;
    let open = null;
    let asked = 0;

    /** What is being looked for before the cursor, at the beginning of a word: `{source, text, start, end}`. */
    function wanted() {
        const end = input.selectionStart;
        const before = input.value.slice(0, end);
        for (const source of sources) {
            const found = new RegExp(`(?:^|\\s)${source.sign}([^\\s${source.sign}]*)$`).exec(before);
            if (found) return { source, text: found[1], start: end - found[1].length - source.sign.length, end };
        }
        return null;
    }

    const suggest = debounced(async () => {
        const found = wanted();
        const number = ++asked;
        if (!found) return close();
        let list = [];
        try {
            list = await found.source.find(found.text, open !== found.source);
        } catch {
            // Nothing is offered.
        }
        if (number === asked && wanted()?.source === found.source) show(found.source, list);
    }, 120);

    function show(source, list) {
        open = source;
        choices = list;
        element.setAttribute("aria-label", source.label);
        replace(
            element, choices.length ? choices.map((choice, index) =>
                h(
                    "li.hash-item", { id: `${id}-${index}`, role: "option", "aria-selected": "false", onmousedown: (event) => (event.preventDefault(), choose(index)) },
                    icon(choice.picture), h("span.grow", choice.name), h("span.muted.ellipsis", choice.note ?? "")))
                : h("li.hash-item.muted", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, source.none));
        element.hidden = false;
        setActive(0);
    }

    function setActive(index) {
        if (!choices.length) return input.removeAttribute("aria-activedescendant");
        active = (index + choices.length) % choices.length;
        [...element.children].forEach((item, position) => item.setAttribute("aria-selected", String(position === active)));
        input.setAttribute("aria-activedescendant", `${id}-${active}`);
        element.children[active]?.scrollIntoView({ block: "nearest" });
    }

    function close() {
        asked += 1;
        open = null;
        element.hidden = true;
        input.removeAttribute("aria-activedescendant");
    }

    async function choose(index) {
        const choice = choices[index];
        const found = wanted();
        close();
        if (!choice || !found) return;
        const word = input.value.slice(found.start, found.end);
        const text = await found.source.choose(choice);
        close();
        input.focus();
        if (text === null || text === undefined) return;
        // Somebody may have gone on writing in the meantime.
        const isThere = input.value.slice(found.start, found.end) === word;
        input.setRangeText(text, isThere ? found.start : input.selectionStart, isThere ? found.end : input.selectionStart, "end");
        onChange();
    }

    return {
        element, suggest, close,
        /** @returns whether the key was for the list. Without a choice, only Escape is. */
        take(key) {
            if (element.hidden || !(choices.length ? ["ArrowDown", "ArrowUp", "Enter", "Tab", "Escape"] : ["Escape"]).includes(key)) return false;
            if (key === "Escape") close();
            else if (key === "Enter" || key === "Tab") choose(active);
            else setActive(active + (key === "ArrowDown" ? 1 : -1));
            return true;
        },
    };
}
