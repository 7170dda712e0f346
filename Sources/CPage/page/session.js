/** Who is signed in, what the server is like, and what the person has set. */
import { get, post } from "./api.js";

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

export async function loadConfig() {
    session.config = await get("/api/config");
    return session.config;
}

/** Finds out who is signed in by the cookie. The configuration says more to those who are. */
export async function loadSession() {
    const config = await loadConfig();
    if (!config.permissions) {
        session.user = null;
        return null;
    }
    try {
        session.user = await get("/api/v1/auths/");
    } catch (error) {
        if (error.status !== 401 && error.status !== 403) throw error;
        session.user = null;
        return null;
    }
    session.permissions = session.user.permissions ?? {};
    session.settings = session.user.role === "pending" ? {} : ((await get("/api/v1/users/user/settings"))?.ui ?? {});
    return session.user;
}

/** Keeps a choice of the person on the server. */
export async function keepSetting(name, value) {
    session.settings = { ...session.settings, [name]: value };
    await post("/api/v1/users/user/settings/update", { ui: session.settings });
}

export async function signOut() {
    try {
        await post("/api/v1/auths/signout");
    } finally {
        session.user = null;
        session.settings = {};
    }
}
