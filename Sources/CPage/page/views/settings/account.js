/** Profile, keys, password, sessions. */
import { del, get, post } from "../../api.js";
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { ago, t } from "../../i18n.js";
import { confirmed } from "../../parts/dialog.js";
import { field, form, textInput } from "../../parts/field.js";
import { attempt, toast } from "../../parts/toast.js";
import { restart } from "../../app.js";
import { navigate } from "../../router.js";
import { may, session } from "../../session.js";
import { avatar } from "../look.js";
import { panel } from "../sections.js";
import { keysPanel } from "./keys.js";

export async function accountSection() {
    const hasKeys = session.config.features.enable_api_keys && may("features", "api_keys");
    const sessions = h("ul.card-list");
    const [keys] = await Promise.all([hasKeys ? keysPanel() : null, showSessions(sessions)]);
    return [
        profilePanel(), keys, passwordPanel(),
        panel(
            t("Sessions"), t("Where you are signed in. End those that you do not know."), sessions,
            h("div.row", h("button.button.small", {
                type: "button",
                onclick: (event) => attempt(async () => {
                    await del("/api/v1/auths/sessions");
                    await showSessions(sessions);
                    toast(t("All other sessions are ended."));
                }, event.currentTarget),
            }, t("End all others")))),
    ];
}

/** A picked picture as a small square, so that it fits into the account. */
async function squarePicture(file) {
    const bitmap = await createImageBitmap(file);
    const size = 128;
    const canvas = h("canvas", { width: size, height: size });
    const side = Math.min(bitmap.width, bitmap.height);
    canvas.getContext("2d").drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, size, size);
    return canvas.toDataURL("image/png");
}

function profilePanel() {
    const name = textInput(session.user.name, { required: true, maxlength: 100, autocomplete: "name" });
    const email = textInput(session.user.email, { disabled: true, type: "email" });
    let picture = session.user.profile_image_url ?? "/user.png";
    const face = h("div", avatar(session.user, "large"));
    const picker = h("input", {
        type: "file", accept: "image/*", hidden: true, tabindex: -1, "aria-hidden": "true",
        onchange: () => attempt(async () => {
            if (!picker.files[0]) return;
            picture = await squarePicture(picker.files[0]);
            replace(face, avatar({ ...session.user, profile_image_url: picture }, "large"));
        }),
    });
    const submit = h("button.button.primary", { type: "submit" }, t("Save"));
    return panel(
        t("Profile"), null,
        form(
            () => attempt(async () => {
                await post("/api/v1/auths/update/profile", { name: name.value.trim(), profile_image_url: picture });
                session.user = { ...session.user, name: name.value.trim(), profile_image_url: picture };
                toast(t("Saved."));
                restart();
            }, submit),
            h(
                "div.row", face,
                h("button.button.small", { type: "button", onclick: () => picker.click() }, t("Choose a picture")), picker,
                h("button.button.small", {
                    type: "button",
                    onclick: () => {
                        picture = "/user.png";
                        replace(face, avatar({ ...session.user, profile_image_url: "" }, "large"));
                    },
                }, t("Remove the picture"))),
            h("div.fields", field(t("Name"), name), field(t("E-mail"), email)), h("div.row", submit)));
}

function passwordPanel() {
    const current = textInput("", { type: "password", autocomplete: "current-password", required: true });
    const next = textInput("", { type: "password", autocomplete: "new-password", required: true, minlength: 8 });
    const again = textInput("", { type: "password", autocomplete: "new-password", required: true });
    again.addEventListener("input", () => again.setCustomValidity(again.value === next.value ? "" : t("The passwords differ.")));
    const submit = h("button.button.primary", { type: "submit" }, t("Change the password"));
    return panel(
        t("Password"), t("All sessions end when it changes, this one too. API keys stay valid."),
        form(
            () => attempt(async () => {
                await post("/api/v1/auths/update/password", { password: current.value, new_password: next.value });
                session.user = null;
                navigate("/");
                restart();
                toast(t("The password is changed. Sign in with the new one."));
            }, submit),
            h("input", { type: "text", value: session.user.email, autocomplete: "username", hidden: true, readonly: true, "aria-hidden": "true", tabindex: -1 }),
            h("div.fields", field(t("Current password"), current), field(t("New password"), next, t("At least 8 characters.")), field(t("New password again"), again)), h("div.row", submit)));
}

/** "Firefox on Linux" out of what browsers call themselves. */
function agentName(agent) {
    const browser = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"], ["curl/", "curl"]].find(([mark]) => agent.includes(mark))?.[1];
    const system = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS X", "macOS"], ["Linux", "Linux"]].find(([mark]) => agent.includes(mark))?.[1];
    if (browser && system) return t("{browser} on {system}", { browser, system });
    return browser ?? (agent.slice(0, 60) || t("Unknown program"));
}

async function showSessions(list) {
    const sessions = await get("/api/v1/auths/sessions");
    replace(
        list, sessions.map((item) =>
            h(
                "li.card-row", icon("globe"), h("div.text", h("strong", agentName(item.agent ?? "")), h("p", `${item.address || "—"} · ${t("last seen {when}", { when: ago(item.last_seen_at) })}`)),
                item.current ? h("span.tag.good", t("This one")) : h("button.button.small", {
                    type: "button",
                    onclick: async (event) => {
                        const button = event.currentTarget;
                        if (!(await confirmed(t("End the session?"), t("That browser has to sign in again."), t("End it")))) return;
                        attempt(async () => {
                            await del(`/api/v1/auths/sessions/${item.id}`);
                            await showSessions(list);
                        }, button);
                    },
                }, t("End")))));
}
