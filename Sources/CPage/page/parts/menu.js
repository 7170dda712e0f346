import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";

let open = null;

function closeMenu(returnFocus = true) {
    if (!open) return;
    const { menu, button, watch } = open;
    open = null;
    watch.abort();
    menu.remove();
    button.setAttribute("aria-expanded", "false");
    if (returnFocus) button.focus();
}

/**
 * A button that opens a menu.
 * @param {() => ({label: string, icon?: string, danger?: boolean, checked?: boolean, run: Function}|null)[]} items asked when it opens.
 */
export function menuButton(content, items, attributes = {}) {
    const button = h("button", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", ...attributes }, content);
    button.addEventListener("click", (event) => {
        event.preventDefault();
        event.stopPropagation();
        if (open?.button === button) closeMenu();
        else show(button, items().filter(Boolean));
    });
    button.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowDown") return;
        event.preventDefault();
        show(button, items().filter(Boolean));
    });
    return button;
}

/** The three dots. */
export const moreButton = (label, items) => menuButton(icon("more"), items, { class: "icon-button small", "aria-label": label, title: t("More") });

function show(button, items) {
    closeMenu(false);
    const menu = h(
        "div.menu", { role: "menu" },
        items.map((item) =>
            h(
                "button.menu-item", {
                    type: "button", tabindex: -1, role: "checked" in item ? "menuitemradio" : "menuitem", class: item.danger ? "danger" : null,
                    "aria-checked": "checked" in item ? String(item.checked) : null,
                    onclick: (event) => {
                        event.stopPropagation();
                        closeMenu();
                        item.run();
                    },
                },
                item.icon ? icon(item.icon) : null, h("span", item.label), item.checked ? icon("check") : null)));
    // Inside a modal dialogue nothing outside of it can be reached.
    (button.closest("dialog") ?? document.body).append(menu);
    place(menu, button);
    const watch = new AbortController();
    open = { menu, button, watch };
    button.setAttribute("aria-expanded", "true");
    const entries = [...menu.children];
    entries[0]?.focus();
    menu.addEventListener("keydown", (event) => {
        const index = entries.indexOf(document.activeElement);
        const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: entries.length - 1 }[event.key];
        if (to !== undefined) {
            event.preventDefault();
            entries.at(to % entries.length)?.focus();
        } else if (event.key === "Escape" || event.key === "Tab") {
            event.preventDefault();
            event.stopPropagation();
            closeMenu();
        }
    });
    addEventListener("pointerdown", (event) => !menu.contains(event.target) && !button.contains(event.target) && closeMenu(false), { signal: watch.signal, capture: true });
    addEventListener("resize", () => closeMenu(false), { signal: watch.signal });
    addEventListener("scroll", (event) => !menu.contains(event.target) && follow(menu, button), { signal: watch.signal, capture: true });
}

/** A page that still scrolls when the menu opens takes the menu along; it closes when its button is out of sight. */
function follow(menu, button) {
    const at = button.getBoundingClientRect();
    if (at.bottom < 0 || at.top > innerHeight) closeMenu(false);
    else place(menu, button);
}

function place(menu, button) {
    const at = button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = menu;
    const below = at.bottom + height + 8 < innerHeight;
    menu.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - height - 4)}px`;
    menu.style.left = `${Math.max(8, Math.min(at.right - width > 8 && at.left + width > innerWidth - 8 ? at.right - width : at.left, innerWidth - width - 8))}px`;
}
