import { h } from "../dom.js";
import { logo } from "../icons.js";
import { t } from "../i18n.js";
import { attempt } from "../parts/toast.js";
import { restart } from "../app.js";
import { update } from "../router.js";
import { loadSession, session, signOut } from "../session.js";

/** For accounts that an administrator has not let in yet. */
export function pendingView() {
    document.title = session.config.name;
    return h(
        "main.gate",
        h(
            "div.gate-card", logo(), h("h1", t("Your account is waiting")),
            h("p", t("An administrator has to let {email} in before you can go on. You can close this page and come back later.", { email: session.user.email })),
            h(
                "div.row", h("button.button.primary", {
                    type: "button",
                    onclick: (event) => attempt(async () => {
                        await loadSession();
                        update();
                    }, event.currentTarget),
                }, t("Check again")),
                h("button.button", {
                    type: "button",
                    onclick: (event) => attempt(async () => {
                        await signOut();
                        restart();
                    }, event.currentTarget),
                }, t("Sign out")))));
}
