/** A list of sections beside the one that is open: for settings and administration. */
import { h } from "../dom.js";
import { icon } from "../icons.js";

/**
 * @param {{id: string, label: string, icon: string, load: () => Promise<Function>}[]} sections `load` gives the function that makes the content.
 */
export async function sectionsView(title, base, sections, wanted) {
    const section = sections.find((entry) => entry.id === wanted) ?? (wanted ? null : sections[0]);
    if (!section) throw Object.assign(new Error(""), { status: 404 });
    const make = await section.load();
    const links = h(
        "nav", { "aria-label": title }, h("h1", title),
        sections.map((entry) => h("a.sub-link", { href: `${base}/${entry.id}`, "aria-current": entry === section ? "page" : null }, icon(entry.icon), h("span", entry.label))));
    return {
        title: `${section.label} · ${title}`, content: h("div.sections", links, h("div.section", await make())),
        // On a phone they are a row that may be longer than the screen.
        shown: () => links.querySelector("[aria-current]").scrollIntoView({ block: "nearest", inline: "center" }),
    };
}

/** A framed part of a section. */
export const panel = (title, text, ...children) => h("section.panel", h("div.panel-head", h("h2", title), text ? h("p", text) : null), ...children);
