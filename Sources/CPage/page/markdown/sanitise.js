/** The only place where text becomes markup; everything goes through DOMPurify. */

let purify = null;

export async function loadSanitiser() {
    if (purify) return;
    purify = (await import("../vendor/purify.js")).default;
    // Classes are kept where we put them ourselves; a model's own could dress up as a part of the page.
    purify.addHook("uponSanitizeAttribute", (node, data) => {
        if (data.attrName === "class") {
            data.attrValue = data.attrValue.split(/\s+/).filter((name) => /^(language-[\w+#.-]{1,30}|math-(inline|block)|hljs(-[\w-]+)?|[a-z_]+_)$/.test(name)).join(" ");
            data.keepAttr = data.attrValue !== "";
        }
    });
    purify.addHook("afterSanitizeAttributes", (node) => {
        if (node.tagName === "A" && node.hasAttribute("href")) {
            node.setAttribute("target", "_blank");
            node.setAttribute("rel", "noopener noreferrer nofollow");
        }
    });
}

const answerTags = [
    "a", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img",
    "input", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "u", "ul", "var",
];

/** Markup of an answer as a fragment. Pictures from elsewhere become links: a picture's address can carry a chat away. */
export function fragmentOf(markup) {
    const fragment = purify.sanitize(markup, {
        ALLOWED_TAGS: answerTags, ALLOWED_ATTR: ["href", "title", "alt", "src", "class", "start", "align", "open", "type", "checked", "disabled", "colspan", "rowspan"],
        ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|data:image\/(?:png|jpeg|gif|webp);|\/(?!\/)|#)/i, ALLOW_DATA_ATTR: false, ALLOW_ARIA_ATTR: false,
        RETURN_DOM_FRAGMENT: true,
    });
    for (const image of fragment.querySelectorAll("img")) {
        const address = image.getAttribute("src") ?? "";
        if (address.startsWith("data:image/")) continue;
        const link = document.createElement("a");
        link.textContent = image.getAttribute("alt") || address || "—";
        if (/^https?:/i.test(address)) {
            link.href = address;
            link.target = "_blank";
            link.rel = "noopener noreferrer nofollow";
        }
        image.replaceWith(link);
    }
    for (const input of fragment.querySelectorAll("input")) {
        if (input.getAttribute("type") !== "checkbox") input.remove();
        else input.disabled = true;
    }
    return fragment;
}

/** What the highlighter wrote: spans only. */
export const highlighted = (markup) => purify.sanitize(markup, { ALLOWED_TAGS: ["span"], ALLOWED_ATTR: ["class"], RETURN_DOM_FRAGMENT: true });
