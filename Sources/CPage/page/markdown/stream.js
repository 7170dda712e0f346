/**
 * Markdown that is still being written. What is complete is rendered once and never touched again; only the last block is
 * rendered anew as it grows, and a block of code only gets its new text. So a long answer costs as much as its length.
 */
import { h } from "../dom.js";
import { codeBlock, colour } from "./code.js";
import { render } from "./render.js";

const fence = /^ {0,3}(`{3,}|~{3,})[ \t]*([^\s`]*)[^\n`]*\n/;
/** A line that may belong to the block before it although a blank line stands between. */
const continues = /^(\s|[-*+] |\d{1,9}[.)] |>|\||$)/;

export class MarkdownStream {
    #text = "";
    #settled = 0;
    #tail = [];
    #scheduled = false;
    #isOver = false;
    #notBefore = 0;
    /** The block of code that is being written: `{close, code, node}`. */
    #code = null;
    #decorate;

    constructor(element, decorate) {
        this.element = element;
        this.#decorate = decorate;
    }

    get text() {
        return this.#text;
    }

    /** Forgets everything and goes on with another text. */
    restart(text) {
        this.element.replaceChildren();
        this.#text = "";
        this.#settled = 0;
        this.#tail = [];
        this.#code = null;
        this.append(text);
    }

    append(piece) {
        this.#text += piece;
        if (this.#scheduled) return;
        this.#scheduled = true;
        // A block that grows very long is drawn less often, so that drawing never takes more than a part of the time.
        const wait = this.#notBefore - performance.now();
        const draw = () => requestAnimationFrame(() => this.#draw());
        if (wait > 20) setTimeout(draw, wait);
        else draw();
    }

    /** Draws what is left, and all of it again where its parts speak of each other. */
    finish() {
        this.#isOver = true;
        if (/^ {0,3}\[[^\]\n]+\]:\s/m.test(this.#text)) {
            this.element.replaceChildren(...render(this.#text, this.#decorate));
        } else {
            this.#settle();
            this.#finishCode();
            this.#showTail(this.#text.slice(this.#settled));
        }
    }

    #draw() {
        if (!this.#scheduled || this.#isOver) return;
        this.#scheduled = false;
        const start = performance.now();
        this.#settle();
        if (!this.#code) this.#showTail(this.#text.slice(this.#settled));
        const took = performance.now() - start;
        this.#notBefore = start + took * 5;
    }

    /** Moves complete blocks from the tail into what is settled. */
    #settle() {
        for (;;) {
            if (this.#code) {
                if (!this.#growCode()) return;
                continue;
            }
            const rest = this.#text.slice(this.#settled);
            const opening = fence.exec(rest);
            if (opening) {
                this.#openCode(opening);
                continue;
            }
            const end = this.#endOfBlock(rest);
            if (end < 0) return;
            this.#clearTail();
            const piece = rest.slice(0, end);
            if (piece.trim()) this.element.append(...render(piece, this.#decorate));
            this.#settled += end;
        }
    }

    /** Where the first complete block ends; -1 while it may still grow. */
    #endOfBlock(text) {
        const math = /^\s*(\$\$|\\\[)/.exec(text);
        let from = 0;
        if (math) {
            const close = text.indexOf(math[1] === "$$" ? "$$" : "\\]", math[0].length);
            if (close < 0) return -1;
            from = close;
        }
        for (let at = text.indexOf("\n", from); at >= 0; at = text.indexOf("\n", at + 1)) {
            const next = text.slice(at + 1, at + 120);
            // A fence interrupts a paragraph.
            if (/^(`{3,}|~{3,})/.test(next) && next.includes("\n")) return at + 1;
            if (!/^[ \t]*\n/.test(next)) continue;
            const after = text.slice(at + 1).replace(/^(?:[ \t]*\n)+/, "");
            if (after.length < 3) return -1;
            if (!continues.test(after)) return text.length - after.length;
        }
        return -1;
    }

    #openCode([whole, mark, language]) {
        this.#clearTail();
        const node = document.createTextNode("");
        const code = h("code", node);
        this.element.append(codeBlock(code, language));
        this.#code = { close: new RegExp(`^ {0,3}\\${mark[0]}{${mark.length},}[ \\t]*$`), node, code, language };
        this.#settled += whole.length;
    }

    /** Adds complete lines to the block of code. @returns whether it was closed. */
    #growCode() {
        const { close, node } = this.#code;
        for (;;) {
            const end = this.#text.indexOf("\n", this.#settled);
            if (end < 0) return false;
            const line = this.#text.slice(this.#settled, end);
            this.#settled = end + 1;
            if (close.test(line)) {
                this.#closeCode();
                return true;
            }
            node.appendData(line + "\n");
        }
    }

    #closeCode() {
        const { node, code, language } = this.#code;
        this.#code = null;
        node.data = node.data.replace(/\n$/, "");
        colour(code, language).catch(() => {});
    }

    /** The last line has no line break. */
    #finishCode() {
        if (!this.#code) return;
        const rest = this.#text.slice(this.#settled);
        if (!this.#code.close.test(rest)) this.#code.node.appendData(rest);
        this.#settled = this.#text.length;
        this.#closeCode();
    }

    #clearTail() {
        for (const node of this.#tail) node.remove();
        this.#tail = [];
    }

    #showTail(text) {
        this.#clearTail();
        if (!text.trim()) return;
        this.#tail = render(text, this.#decorate);
        this.element.append(...this.#tail);
    }
}
