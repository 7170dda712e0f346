/** Lists that come in pages: a search box, cards that grow by "Show more", and turning pages of a table. */
import { debounced, h, replace } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { attempt } from "./toast.js";

/** A search box; `onChange` is called a moment after the last key. */
export const searchBox = (label, onChange) =>
    h("input.input", { type: "search", placeholder: label, "aria-label": label, autocomplete: "off", oninput: debounced(onChange) });

/** The button at the end of a list that has more. */
export const showMore = (onMore) => h("button.button.full", { type: "button", onclick: (event) => attempt(onMore, event.currentTarget) }, t("Show more"));

/**
 * Cards with a search box over them.
 * @param {(text: string, page: number) => Promise<{items: object[], total: number}>} ask
 * @param {(item: object) => Node} card
 * @param {() => Node} nothing stands there while there is none at all.
 * @returns `search`, `cards` and `place` for the view; `load` for the first time, `reload` after a change.
 */
export function cardListing({ label, noMatch, ask, card, nothing }) {
    let page = 1;
    const cards = h("ul.cards");
    const place = h("div");

    async function load() {
        const text = search.value.trim();
        const { items, total } = await ask(text, page);
        if (page === 1) replace(cards);
        cards.append(...items.map(card));
        replace(
            place, total ? null : text ? h("p.muted.pad", noMatch) : nothing(),
            cards.children.length < total ? showMore(() => {
                page += 1;
                return load();
            }) : null);
    }

    const reload = () => {
        page = 1;
        return attempt(load);
    };
    const search = searchBox(label, reload);
    return { search, cards, place, load, reload };
}

/**
 * "12 entries ‹ 1 / 3 ›".
 * @param {(page: number) => void} onTurn
 */
export function pageTurner({ count, page, last, onTurn }) {
    const turn = (to, label, picture) => h("button.icon-button", { type: "button", "aria-label": label, disabled: to < 1 || to > last, onclick: () => onTurn(to) }, icon(picture));
    return [h("span.muted", count), last > 1 ? [turn(page - 1, t("Earlier page"), "left"), h("span", `${page} / ${last}`), turn(page + 1, t("Next page"), "right")] : null];
}
