/** Where everything starts: configuration, session, then the view of the address. */
import { whenSessionIsLost } from "./api.js";
import { h, replace } from "./dom.js";
import { startLanguage, t } from "./i18n.js";
import { failed } from "./parts/toast.js";
import { navigate, startRouter, update } from "./router.js";
import { isAdmin, loadSession, session } from "./session.js";

const root = document.getElementById("app");
let shell = null;
let isStarted = false;

/** Views are fetched when they are first needed. */
const views = {
    chat: async (parameters) => (await import("./views/chat/chat.js")).chatView(parameters),
    archived: async () => (await import("./views/chat/archived.js")).archivedView(),
    collections: async () => (await import("./views/knowledge/collections.js")).collectionsView(),
    collection: async (parameters) => (await import("./views/knowledge/collection.js")).collectionView(parameters),
    workspace: async (parameters) => (await import("./views/workspace/workspace.js")).workspaceView(parameters),
    settings: async (parameters) => (await import("./views/settings/settings.js")).settingsView(parameters),
    admin: async (parameters) => (await import("./views/admin/admin.js")).adminView(parameters),
};

const table = [
    ["/", views.chat], ["/c/:id", views.chat], ["/archived", views.archived], ["/knowledge", views.collections], ["/knowledge/:id", views.collection],
    ["/workspace", views.workspace], ["/workspace/:section", views.workspace], ["/settings", views.settings], ["/settings/:section", views.settings],
    ["/admin", views.admin], ["/admin/:section", views.admin], ["/auth", null],
];

let shown = 0;

async function show(view, parameters) {
    if (!session.user) return showSignIn();
    if (session.user.role === "pending") {
        replace(root, (await import("./views/pending.js")).pendingView());
        return;
    }
    if (location.pathname === "/auth") return navigate("/", { replace: true });
    if (!shell) {
        shell = await (await import("./views/shell.js")).makeShell();
        replace(root, shell.element);
    }
    const number = ++shown;
    const frame = shell;
    frame.mark(location.pathname);
    const late = setTimeout(() => frame.setBusy(true), 250);
    try {
        if (!view || (view === views.admin && !isAdmin())) return frame.show(notFound());
        const content = await view(parameters);
        if (number === shown && frame === shell) frame.show(content);
    } catch (error) {
        if (number !== shown || frame !== shell) return;
        // A new version of the server has other files: the page of the old one cannot find its own.
        if (error instanceof TypeError && /import|module/i.test(error.message) && !sessionStorage.getItem("reloaded")) {
            sessionStorage.setItem("reloaded", "1");
            location.reload();
            return;
        }
        frame.show(error.status === 404 || error.status === 401 ? notFound() : problem(error));
        if (!error.status) failed(error);
    } finally {
        clearTimeout(late);
        if (number === shown) frame.setBusy(false);
    }
}

const notFound = () => ({
    title: t("Not found"),
    content: h("div.empty", h("h1", t("There is nothing here")), h("p", t("It may have been deleted, or it is somebody else's.")), h("a.button", { href: "/" }, t("To the chat"))),
});

const problem = (error) => ({
    title: t("Error"),
    content: h(
        "div.empty", h("h1", t("This did not work")), h("p", error.message),
        h("button.button", { type: "button", onclick: () => update() }, t("Try again"))),
});

async function showSignIn() {
    shell = null;
    const { signInView } = await import("./views/sign-in.js");
    document.title = session.config.name;
    replace(root, signInView(signedIn));
}

/** After a sign-in: everything anew, at the address that was asked for. */
async function signedIn() {
    await loadSession();
    shell = null;
    update();
}

/** Shows everything again: after a change of the language, or a sign-out. */
export function restart() {
    shell = null;
    update();
}

whenSessionIsLost(() => {
    if (!session.user) return;
    session.user = null;
    restart();
});

async function start() {
    try {
        await loadSession();
        await startLanguage(session.config.default_locale);
        if (isStarted) return;
        isStarted = true;
        startRouter(table, show);
        sessionStorage.removeItem("reloaded");
    } catch (error) {
        await startLanguage("");
        replace(
            root,
            h(
                "main.empty", h("h1", t("The server cannot be reached.")), h("p", error.message),
                h("button.button.primary", { type: "button", onclick: () => location.reload() }, t("Try again"))));
    }
}

start();
