/** Building the document. Text only ever becomes text nodes; there is no way to pass markup. */

const svgNamespace = "http://www.w3.org/2000/svg";

/**
 * Makes an element: `h("button.primary", { onclick: save, disabled: true }, "Save")`.
 * Attributes that are `null`, `undefined` or `false` are left out; `on…` are listeners; `vars` are CSS variables;
 * `value`, `checked`, `selected`, `indeterminate` are set as properties. Children: nodes, strings, numbers, arrays of them, nothing.
 */
export function h(selector, attributes, ...children) {
    const [tag, ...classes] = selector.split(".");
    const element = document.createElement(tag || "div");
    if (classes.length) element.className = classes.join(" ");
    if (attributes && (attributes instanceof Node || typeof attributes !== "object" || Array.isArray(attributes))) {
        children.unshift(attributes);
        attributes = null;
    }
    let late = null;
    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else if (name === "class") element.classList.add(...String(value).split(" ").filter(Boolean));
        else if (name === "dataset") Object.assign(element.dataset, value);
        else if (name === "vars") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
        else if (["value", "checked", "selected", "indeterminate"].includes(name)) (late ??= []).push([name, value]);
        else element.setAttribute(name, value === true ? "" : String(value));
    }
    append(element, children);
    // After the children: a select's value needs its options.
    for (const [name, value] of late ?? []) element[name] = value;
    return element;
}

export function append(parent, ...children) {
    for (const child of children.flat(Infinity)) {
        if (child === null || child === undefined || child === false) continue;
        parent.append(child instanceof Node ? child : String(child));
    }
    return parent;
}

/** Puts `children` in the place of everything in `parent`. */
export function replace(parent, ...children) {
    parent.replaceChildren();
    return append(parent, ...children);
}

/** An SVG element; same attributes as `h`, as far as they make sense. */
export function svg(tag, attributes = {}, ...children) {
    const element = document.createElementNS(svgNamespace, tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else element.setAttribute(name, String(value));
    }
    for (const child of children.flat(Infinity)) if (child !== null && child !== undefined) element.append(child);
    return element;
}

let lastID = 0;

/** An id that no other element has. */
export const uniqueID = (prefix = "id") => `${prefix}-${++lastID}`;

/** Says something to people who listen instead of look. */
export function announce(text) {
    const place = document.getElementById("announcer");
    place.textContent = "";
    // The same words twice are only read when the text was gone in between.
    requestAnimationFrame(() => (place.textContent = text));
}

/** Calls `work` once, `delay` milliseconds after the last call. */
export function debounced(work, delay = 250) {
    let timer = 0;
    return (...values) => {
        clearTimeout(timer);
        timer = setTimeout(() => work(...values), delay);
    };
}
