/** Tries a search and shows why each passage was found: both halves' ranks and scores, the words that matched, and its place. */
import { get, query } from "../../api.js";
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { number, t } from "../../i18n.js";
import { spinner } from "../../parts/field.js";
import { failed } from "../../parts/toast.js";

export function searchPanel(id) {
    const input = h("input.input", { type: "search", placeholder: t("Search in the documents"), "aria-label": t("Search in the documents"), autocomplete: "off" });
    const results = h("div.card-list", { "aria-live": "polite" });
    const form = h(
        "form.row", {
            role: "search",
            onsubmit: async (event) => {
                event.preventDefault();
                const text = input.value.trim();
                if (!text) return replace(results);
                replace(results, spinner(t("Searching")));
                try {
                    show(results, await get("/api/v1/retrieval/explain" + query({ collection_name: id, query: text, k: 8 })));
                } catch (error) {
                    replace(results);
                    failed(error);
                }
            },
        },
        h("div.grow", input), h("button.button", { type: "submit" }, icon("search"), t("Search")));
    return h("section.panel", h("div.panel-head", h("h2", t("Try a search")), h("p", t("Shows what a chat would get, and why."))), form, results);
}

function show(place, answer) {
    if (!answer.passages.length) return replace(place, h("p.muted", t("Nothing was found.")));
    replace(
        place,
        h(
            "p.muted.small-text",
            t("{count} documents, weights: meaning {vector}, words {keyword}.", {
                count: number(answer.documents), vector: percent(answer.weights.vector), keyword: percent(answer.weights.keyword),
            }),
            answer.terms.length ? " " + t("Words searched: {words}.", { words: answer.terms.slice(0, 12).join(", ") }) : ""),
        answer.passages.map((passage) => result(passage, answer)));
}

const percent = (value) => number(value, { style: "percent", maximumFractionDigits: 0 });

function result(passage, answer) {
    const about = passage.metadata ?? {};
    const page = about.page_label ?? (Number.isInteger(about.page) ? about.page + 1 : null);
    const place = [about.name ?? about.source, page ? t("page {page}", { page }) : null, passage.headings.join(" › ")].filter(Boolean).join(" · ");
    const terms = passage.keyword.terms ?? [];
    return h(
        "article.result.passage", h("div.passage-head", h("strong", `${passage.rank}. ${place}`), h("span.tag", t("Score {score}", { score: number(passage.score, { maximumFractionDigits: 3 }) }))),
        h("blockquote.passage-text", marked(passage.document, terms)),
        h(
            "div.reasons", reason(t("Meaning"), passage.vector.cosine, passage.vector.rank),
            reason(t("Words"), passage.keyword.coverage, passage.keyword.rank, terms.length ? terms.slice(0, 8).join(", ") : t("none of the words")),
            typeof passage.rerank_score === "number" ? reason(t("Reranker"), passage.rerank_score, null) : null));
}

function reason(name, value, rank, note) {
    const known = typeof value === "number";
    return h(
        "div.reason",
        h("div.reason-head", h("span", name), h("span", rank ? t("rank {rank}", { rank }) : t("not ranked"))),
        h("div.meter", { role: "img", "aria-label": known ? `${name}: ${number(value, { maximumFractionDigits: 2 })}` : t("{name}: no score", { name }) }, h("i", { vars: { "--part": String(known ? Math.max(0, Math.min(1, value)) : 0) } })),
        h("span.muted", known ? number(value, { maximumFractionDigits: 3 }) : "—", note ? ` · ${note}` : ""));
}

/** The text with the words that matched marked. */
function marked(text, terms) {
    const words = terms.filter((term) => term.length > 1).map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    if (!words.length) return text;
    return text.split(new RegExp(`(${words.join("|")})`, "giu")).map((piece, index) => (index % 2 ? h("mark", piece) : piece));
}
