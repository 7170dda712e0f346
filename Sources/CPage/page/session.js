/** Who is signed in, what the server is like, and what the person has set. */
import { ahead, forgetAhead, get, post } from "./api.js";

export const session = {
    /** `/api/config`. */
    config: { features: {}, oauth: { providers: {} } },
    /** `null` when nobody is signed in. */
    user: null,
    permissions: {},
    settings: {},
};

export const isAdmin = () => session.user?.role === "admin";

/** Whether the person may do something, e.g. `may("workspace", "knowledge")`. */
export const may = (...path) => isAdmin() || path.reduce((tree, name) => tree?.[name], session.permissions) === true;

/** Whether the server keeps memories for the person. */
export const mayRemember = () => session.config.features.enable_memories === true && may("features", "memories");

export async function loadConfig() {
    session.config = await get("/api/config");
    return session.config;
}

const hint = "signed-in";

/** Whether somebody was signed in here the last time: no more than a guess. */
function wasSignedIn() {
    try {
        return localStorage.getItem(hint) === "1";
    } catch {
        return false;
    }
}

function remember(isSignedIn) {
    try {
        if (isSignedIn) localStorage.setItem(hint, "1");
        else localStorage.removeItem(hint);
    } catch {
        // The next visit asks for one thing after the other.
    }
}

/** What most visits ask for, all at once. */
function askAhead() {
    const isChat = location.pathname === "/" || location.pathname.startsWith("/c/");
    for (const path of ["/api/v1/auths/", "/api/v1/users/user/settings", ...(isChat ? ["/api/models", "/api/v1/tools/"] : [])]) ahead(path);
}

/** Finds out who is signed in by the cookie. The configuration says more to those who are. */
export async function loadSession() {
    if (wasSignedIn()) askAhead();
    session.user = await loadConfig().then((config) => (config.permissions ? whoIsThere() : null));
    remember(session.user);
    if (!session.user) {
        forgetAhead();
        return null;
    }
    session.permissions = session.user.permissions ?? {};
    session.settings = session.user.role === "pending" ? {} : ((await get("/api/v1/users/user/settings"))?.ui ?? {});
    return session.user;
}

async function whoIsThere() {
    try {
        return await get("/api/v1/auths/");
    } catch (error) {
        if (error.status !== 401 && error.status !== 403) throw error;
        return null;
    }
}

/** Keeps a choice of the person on the server. */
export async function keepSetting(name, value) {
    const settings = { ...session.settings, [name]: value };
    await post("/api/v1/users/user/settings/update", { ui: settings });
    session.settings = settings;
}

export async function signOut() {
    try {
        await post("/api/v1/auths/signout");
    } finally {
        session.user = null;
        session.settings = {};
        remember(false);
    }
}
