/** Formulas: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`. Drawn as MathML, which browsers lay out and read aloud themselves. */

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** Extensions for marked that keep formulas as they were written. */
export const mathExtensions = [
    {
        name: "mathBlock", level: "block",
        start: (text) => text.search(/\$\$|\\\[/),
        tokenizer(text) {
            const found = /^(?:\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\])(?:\n|$)/.exec(text);
            return found ? { type: "mathBlock", raw: found[0], text: (found[1] ?? found[2]).trim() } : undefined;
        },
        renderer: (token) => `<div class="math-block">${escaped(token.text)}</div>`,
    },
    {
        name: "mathInline", level: "inline",
        start: (text) => text.search(/\$|\\\(|\\\[/),
        tokenizer(text) {
            // A dollar sign before a digit and after a space is money.
            const found = /^(?:\$\$([^$]+?)\$\$|\$(?![\s$])([^$\n]*?[^\s$\\])\$(?![\d$])|\\\(([\s\S]+?)\\\)|\\\[([\s\S]+?)\\\])/.exec(text);
            return found ? { type: "mathInline", raw: found[0], text: found[1] ?? found[2] ?? found[3] ?? found[4] } : undefined;
        },
        renderer: (token) => `<span class="math-inline">${escaped(token.text)}</span>`,
    },
];

let katex = null;

/** Draws the formulas in `root`. What cannot be drawn stays as it was written. */
export async function drawMath(root) {
    const places = root.querySelectorAll(".math-inline, .math-block");
    if (!places.length) return;
    katex ??= import("../vendor/katex.js").then((module) => module.default);
    const library = await katex;
    for (const place of places) {
        if (place.dataset.drawn) continue;
        place.dataset.drawn = "true";
        const text = place.textContent;
        try {
            library.render(text, place, { output: "mathml", displayMode: place.classList.contains("math-block"), throwOnError: true, trust: false, maxExpand: 200, maxSize: 20 });
        } catch {
            place.textContent = text;
        }
    }
}
