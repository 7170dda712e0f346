/** How things and people look. */
import { h } from "../dom.js";

/** A person's picture, or the first letter of the name on a colour of its own. */
export function avatar(person, size = "") {
    const name = person.name || person.email || "?";
    const picture = person.profile_image_url ?? "";
    if (picture.startsWith("data:image/")) return h("img.avatar", { class: size, src: picture, alt: "" });
    let hue = 0;
    for (const letter of person.id ?? name) hue = (hue * 31 + letter.codePointAt(0)) % 360;
    return h("span.avatar", { class: size, "aria-hidden": "true", vars: { "--hue": String(hue) } }, [...name][0].toUpperCase());
}

export function chosenTheme() {
    return document.documentElement.dataset.theme ?? "system";
}

export function setTheme(name) {
    if (name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    try {
        if (name === "system") localStorage.removeItem("theme");
        else localStorage.setItem("theme", name);
    } catch {
        // Not kept beyond this visit.
    }
}
