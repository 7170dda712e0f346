/** Markdown to nodes. */
import { h } from "../dom.js";
import { dressCode } from "./code.js";
import { drawMath, mathExtensions } from "./math.js";
import { fragmentOf, loadSanitiser } from "./sanitise.js";

let marked = null;

/** Fetches the parser and the sanitiser; without them markdown is shown as it was written. */
export async function loadMarkdown() {
    try {
        await loadSanitiser();
        if (marked) return;
        const library = (await import("../vendor/marked.js")).marked;
        library.use({ extensions: mathExtensions, gfm: true, breaks: true, mangle: false, headerIds: false });
        marked = library;
    } catch (error) {
        console.warn("Markdown is not available.", error);
    }
}

/**
 * Nodes of a piece of markdown.
 * @param {(root: Node) => void} decorate looks at the nodes before they are shown: for citations.
 */
export function render(text, decorate) {
    if (!marked) return [h("p.plain", text)];
    const fragment = fragmentOf(marked.parse(text));
    dressCode(fragment);
    for (const table of fragment.querySelectorAll("table")) {
        const frame = h("div.table-scroll", { tabindex: 0 });
        table.replaceWith(frame);
        frame.append(table);
    }
    decorate?.(fragment);
    const nodes = [...fragment.childNodes];
    for (const node of nodes) {
        if (node.nodeType === Node.ELEMENT_NODE) drawMath(node.matches(".math-inline, .math-block") ? wrap(node) : node).catch(() => {});
    }
    return nodes;
}

/** `querySelectorAll` does not look at the element itself. */
const wrap = (node) => ({ querySelectorAll: () => [node] });
