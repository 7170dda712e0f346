/** What stands around every view: the side bar, and the place for the view. */
import { h, replace } from "../dom.js";
import { icon, logo } from "../icons.js";
import { language, languages, setLanguage, t } from "../i18n.js";
import { menuButton } from "../parts/menu.js";
import { banners } from "../parts/banners.js";
import { attempt } from "../parts/toast.js";
import { restart } from "../app.js";
import { navigate } from "../router.js";
import { isAdmin, may, session, signOut } from "../session.js";
import { chatList } from "./chat/list.js";
import { avatar, chosenTheme, setTheme } from "./look.js";

export async function makeShell() {
    const list = chatList();
    const main = h("main.main", { id: "main", tabindex: -1 });
    const frame = h("div.main-frame", banners(), main);
    const side = h(
        "aside.side", { "aria-label": t("Side bar") },
        h(
            "div.side-head", h("a.brand", { href: "/", "aria-label": t("{name}: new chat", { name: session.config.name }) }, logo(), h("span", session.config.name)),
            h("button.icon-button.side-close", { type: "button", "aria-label": t("Close the side bar"), onclick: () => setOpen(false) }, icon("close"))),
        h("a.button.full.new-chat", { href: "/" }, icon("plus"), t("New chat")),
        h(
            "nav.side-nav", { "aria-label": t("Areas") }, area("/knowledge", "book", t("Knowledge")),
            may("workspace", "models") || may("workspace", "prompts") ? area("/workspace", "cube", t("Workspace")) : null, isAdmin() ? area("/admin", "shield", t("Administration")) : null),
        list.element, accountMenu());
    const shade = h("div.shade", { onclick: () => setOpen(false) });
    const opener = h("button.icon-button.side-open", { type: "button", "aria-label": t("Open the side bar"), "aria-expanded": "false", onclick: () => setOpen(true) }, icon("menu"));

    function setOpen(isOpen) {
        element.classList.toggle("side-is-open", isOpen);
        opener.setAttribute("aria-expanded", String(isOpen));
        if (isOpen) side.querySelector("a, button")?.focus();
        else if (side.contains(document.activeElement)) opener.focus();
    }

    const element = h(
        "div.shell", { onkeydown: (event) => event.key === "Escape" && element.classList.contains("side-is-open") && setOpen(false) },
        h("a.skip", { href: "#main", onclick: (event) => (event.preventDefault(), main.focus()) }, t("Skip to the content")), side, shade, opener, frame);

    list.load();
    let path = null;
    return {
        element,
        /** Shows which area is open, and closes the side bar on a phone. */
        mark(pathname) {
            for (const link of side.querySelectorAll(".side-nav a")) {
                const isHere = pathname === link.pathname || pathname.startsWith(link.pathname + "/");
                if (isHere) link.setAttribute("aria-current", "page");
                else link.removeAttribute("aria-current");
            }
            list.mark(pathname);
            setOpen(false);
        },
        /** A bar at the top while the next view is being fetched. */
        setBusy(isBusy) {
            main.classList.toggle("busy", isBusy);
            main.setAttribute("aria-busy", String(isBusy));
        },
        show(view) {
            document.title = view.title ? `${view.title} · ${session.config.name}` : session.config.name;
            replace(main, view.content);
            if (path !== location.pathname) main.scrollTop = 0;
            if (path !== null && path !== location.pathname) view.focus ? view.focus() : main.focus({ preventScroll: true });
            else view.focus?.();
            path = location.pathname;
            view.shown?.();
        },
    };
}

const area = (href, picture, label) => h("a.side-link", { href }, icon(picture), h("span", label));

function accountMenu() {
    const themes = [["system", t("As the system"), "gear"], ["light", t("Light"), "sun"], ["dark", t("Dark"), "moon"]];
    const button = menuButton(
        [avatar(session.user), h("span.account-name", session.user.name), icon("up")],
        () => [
            { label: t("Settings"), icon: "gear", run: () => navigate("/settings/account") },
            { label: t("Archived chats"), icon: "archive", run: () => navigate("/archived") },
            ...themes.map(([key, label, picture]) => ({ label, icon: picture, checked: chosenTheme() === key, run: () => setTheme(key) })),
            ...Object.entries(languages).map(([key, name]) => ({
                label: name, icon: "globe", checked: key === language(),
                run: async () => {
                    await setLanguage(key);
                    restart();
                },
            })),
            {
                label: t("Sign out"), icon: "out",
                run: () => attempt(async () => {
                    await signOut();
                    navigate("/");
                    restart();
                }),
            },
        ],
        { class: "account", "aria-label": t("Account: {name}", { name: session.user.name }) });
    return h("div.side-foot", button);
}
