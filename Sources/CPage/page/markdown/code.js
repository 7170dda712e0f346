/** Blocks of code: a head with the language and a copy button, and colours once the block is complete. */
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { copyButton } from "../parts/copy.js";
import { highlighted } from "./sanitise.js";

let highlighter = null;

/** Wraps `code`; gives the element to show. */
export function codeBlock(code, language) {
    return h(
        "div.code-block", h("div.code-head", h("span", language || t("Code")), copyButton(() => code.textContent, { label: t("Copy code") })),
        h("pre", { tabindex: 0 }, code));
}

/** Colours one block. Very long ones stay plain. */
export async function colour(code, language) {
    if (!language || code.textContent.length > 100_000) return;
    highlighter ??= import("../vendor/highlight.js").then((module) => module.default);
    const library = await highlighter;
    if (!library.getLanguage(language)) return;
    code.replaceChildren(highlighted(library.highlight(code.textContent, { language, ignoreIllegals: true }).value));
}

/** Dresses all blocks of code in `root`. */
export function dressCode(root) {
    for (const code of root.querySelectorAll("pre > code")) {
        if (code.closest(".code-block")) continue;
        const language = /language-([\w+#.-]+)/.exec(code.className)?.[1] ?? "";
        const pre = code.parentElement;
        const copy = h("code", code.textContent.replace(/\n$/, ""));
        pre.replaceWith(codeBlock(copy, language));
        colour(copy, language).catch(() => {});
    }
}
