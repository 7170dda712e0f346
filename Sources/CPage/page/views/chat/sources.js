/** Where an answer comes from: numbered sources, their marks in the text, and a look at the passages. */
import { h } from "../../dom.js";
import { icon } from "../../icons.js";
import { number, t } from "../../i18n.js";
import { openDialog } from "../../parts/dialog.js";

/**
 * The sources of an answer as the model was told their numbers: one for each file, in order of appearance.
 * @returns {{number: number, name: string, fileID?: string, url?: string, passages: object[]}[]}
 */
export function numbered(sources) {
    const list = new Map();
    for (const { source: named, document: texts, metadata, distances } of (sources ?? []).filter((item) => item && typeof item === "object")) {
        const source = named ?? {};
        listOf(texts).forEach((text, index) => {
            const about = listOf(metadata)[index] ?? {};
            const key = about.source ?? about.file_id ?? source.id ?? source.name ?? "";
            if (!list.has(key)) {
                const name = about.name ?? about.source ?? source.name ?? t("Source");
                list.set(key, {
                    number: list.size + 1, name: String(name), fileID: about.file_id ?? (source.type === "file" ? source.id : null),
                    url: /^https?:\/\//.test(about.source ?? source.url ?? "") ? (about.source ?? source.url) : null, passages: [],
                });
            }
            list.get(key).passages.push({ text: String(text), score: listOf(distances)[index], place: placeOf(about) });
        });
    }
    return [...list.values()];
}

/** What functions call a list may be something else. */
const listOf = (value) => (Array.isArray(value) ? value : []);

/** Page, heading, row, slide: whatever is known. */
function placeOf(about) {
    const page = about.page_label ?? (Number.isInteger(about.page) ? about.page + 1 : null);
    const headings = Array.isArray(about.headings) ? about.headings.join(" › ") : about.headings;
    return [
        page !== null && page !== undefined ? t("page {page}", { page }) : null, about.slide ? t("slide {slide}", { slide: about.slide }) : null,
        about.sheet ? t("sheet {sheet}", { sheet: about.sheet }) : null, Number.isInteger(about.row) ? t("row {row}", { row: about.row + 1 }) : null,
        headings || null,
    ].filter(Boolean).join(" · ");
}

/** Turns `[1]` and `[1, 2]` in an answer's text into buttons that open the source. */
export function markCitations(root, sources) {
    if (!sources.length) return;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, (node) =>
        node.parentElement?.closest("pre, code, a, .math-inline, .math-block") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) if (/\[\d/.test(node.data)) found.push(node);
    for (const node of found) {
        const pieces = node.data.split(/(\[\d{1,3}(?:\s*,\s*\d{1,3})*\])/);
        if (pieces.length < 2) continue;
        node.replaceWith(...pieces.flatMap((piece, index) => {
            if (index % 2 === 0) return piece ? [piece] : [];
            const chosen = piece.slice(1, -1).split(",").map((text) => sources.find((source) => source.number === Number(text)));
            return chosen.every(Boolean) ? chosen.map(chip) : [piece];
        }));
    }
}

const chip = (source) =>
    h("button.cite", { type: "button", "aria-label": t("Source {number}: {name}", source), title: source.name, onclick: () => openSource(source) }, String(source.number));

/** The row of sources under an answer. */
export const sourceRow = (sources) =>
    h(
        "ul.source-row", { "aria-label": t("Sources") },
        sources.map((source) =>
            h("li", h("button.source", { type: "button", onclick: () => openSource(source) }, h("span.source-number", String(source.number)), h("span.source-name", source.name)))));

function openSource(source) {
    return openDialog(source.name, () => [
        source.fileID
            ? h("p.dialog-links", h("a.button.small", { href: `/api/v1/files/${encodeURIComponent(source.fileID)}/content`, target: "_blank", rel: "noopener" }, icon("file"), t("Open the file")))
            : source.url ? h("p.dialog-links", h("a.button.small", { href: source.url, target: "_blank", rel: "noopener noreferrer" }, icon("link"), t("Open the page"))) : null,
        source.passages.map((passage) =>
            h(
                "section.passage",
                h(
                    "div.passage-head", passage.place ? h("strong", passage.place) : h("strong", t("Passage")),
                    typeof passage.score === "number" ? h("span.muted", t("Relevance {percent}", { percent: number(Math.max(0, Math.min(1, passage.score)), { style: "percent" }) })) : null),
                h("blockquote.passage-text", passage.text))),
    ], { wide: true });
}
