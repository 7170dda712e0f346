/** API keys: the account's own one, and named ones with limits. */
import { del, get, post } from "../../api.js";
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { ago, day, nameWords, number, t } from "../../i18n.js";
import { copyButton } from "../../parts/copy.js";
import { confirmed, openDialog } from "../../parts/dialog.js";
import { moreButton } from "../../parts/menu.js";
import { attempt, toast } from "../../parts/toast.js";
import { panel } from "../sections.js";
import { editKey } from "./key-editor.js";

export async function keysPanel() {
    const own = h("div");
    const list = h("ul.card-list");
    await Promise.all([showOwn(own), showNamed(list)]);
    return panel(
        t("API keys"), t("For programs that speak OpenAI's language, and for scripts. A key can do what you can do, unless you limit it."), own, example(() => "$HANEUL_API_KEY"),
        h(
            "div.panel-head", h("h3", t("Named keys")),
            h("button.button.small", {
                type: "button",
                onclick: async () => {
                    const made = await editKey(null);
                    if (!made) return;
                    await showNamed(list);
                    await showSecret(made);
                },
            }, icon("plus"), t("New key"))),
        list);
}

/** A request that can be pasted into a terminal. */
function example(key) {
    const text = () => [
        `curl ${location.origin}/api/chat/completions \\`, `  -H "Authorization: Bearer ${key()}" \\`, `  -H "Content-Type: application/json" \\`,
        `  -d '{"model": "${model}", "messages": [{"role": "user", "content": "${t("Hello!")}"}]}'`,
    ].join("\n");
    let model = "MODEL";
    const code = h("code", text());
    get("/api/models").then(({ data }) => {
        model = (data[0]?.id ?? model).replace(/['"\\]/g, "");
        code.textContent = text();
    }).catch(() => {});
    return h("div.example", h("pre", { tabindex: 0, "aria-label": t("Example") }, code), copyButton(text, { label: t("Copy the example") }));
}

// MARK: The account's key

async function showOwn(place) {
    let key = null;
    try {
        key = (await get("/api/v1/auths/api_key")).api_key;
    } catch (error) {
        if (error.status !== 404) throw error;
    }
    let isShown = false;
    const code = h("code");
    const fill = () => (code.textContent = isShown ? key : `sk-${"•".repeat(20)}${key.slice(-4)}`);
    if (key) fill();
    const make = (event) => attempt(async () => {
        await post("/api/v1/auths/api_key");
        await showOwn(place);
    }, event.currentTarget);
    replace(
        place,
        key ? [
            h(
                "div.secret", code,
                h("button.button.small", {
                    type: "button",
                    onclick: (event) => {
                        isShown = !isShown;
                        event.currentTarget.textContent = isShown ? t("Hide") : t("Show");
                        fill();
                    },
                }, t("Show")), copyButton(() => key, { label: t("Copy the key") }),
                moreButton(t("Actions for the key"), () => [
                    {
                        label: t("Replace"), icon: "retry",
                        run: async () => {
                            if (!(await confirmed(t("Replace the key?"), t("Programs with the old key stop working."), t("Replace")))) return;
                            attempt(async () => {
                                await post("/api/v1/auths/api_key");
                                await showOwn(place);
                            });
                        },
                    },
                    {
                        label: t("Delete"), icon: "trash", danger: true,
                        run: async () => {
                            if (!(await confirmed(t("Delete the key?"), t("Programs with this key stop working.")))) return;
                            attempt(async () => {
                                await del("/api/v1/auths/api_key");
                                await showOwn(place);
                            });
                        },
                    },
                ])),
        ] : h("div.row", h("button.button", { type: "button", onclick: make }, icon("key"), t("Make the account's key")), h("span.hint", t("One key without limits, shown whenever you need it."))));
}

// MARK: Named keys

async function showNamed(list) {
    const keys = (await get("/api/v1/auths/api_keys")).filter((key) => key.kind === "named");
    replace(
        list, keys.length ? keys.map((key) =>
            h(
                "li.card-row", icon("key"),
                h(
                    "div.text", h("strong", key.name), " ", h("code.muted.small-text", key.hint),
                    h("p", [t("made {when}", { when: ago(key.created_at) }), t("last used {when}", { when: ago(key.last_used_at) }), ...limitWords(key)].join(" · "))),
                key.expires_at && key.expires_at * 1000 < Date.now() ? h("span.tag.bad", t("Expired")) : key.expires_at ? h("span.tag", t("until {day}", { day: day(key.expires_at) })) : null,
                moreButton(t("Actions for {title}", { title: key.name }), () => [
                    {
                        label: t("Change"), icon: "edit",
                        run: async () => {
                            if (await editKey(key)) attempt(() => showNamed(list));
                        },
                    },
                    { label: t("Usage"), icon: "chart", run: () => attempt(() => showUsage(key)) },
                    {
                        label: t("Revoke"), icon: "trash", danger: true,
                        run: async () => {
                            if (!(await confirmed(t("Revoke the key?"), t("Programs with “{name}” stop working at once.", { name: key.name }), t("Revoke")))) return;
                            attempt(async () => {
                                await del(`/api/v1/auths/api_keys/${key.id}`);
                                await showNamed(list);
                                toast(t("The key is revoked."));
                            });
                        },
                    },
                ])))
            : h("li.muted", t("No named keys yet.")));
}

/** The limits in a few words. */
function limitWords({ limits }) {
    const names = {
        requests_per_minute: t("requests a minute"), tokens_per_minute: t("tokens a minute"), tokens_per_day: t("tokens a day"), tokens_per_month: t("tokens a month"),
        cost_per_day: t("a day"), cost_per_month: t("a month"),
    };
    return [
        limits.scopes?.length ? limits.scopes.map(nameWords).join(", ") : null, limits.models?.length ? t("{count} models", { count: limits.models.length }) : null,
        limits.knowledge?.length ? t("{count} collections", { count: limits.knowledge.length }) : null,
        ...Object.entries(names).map(([key, name]) => (limits[key] ? `${number(limits[key])} ${name}` : null)),
    ].filter(Boolean);
}

const showSecret = (key) =>
    openDialog(t("Your new key"), (close) => [
        h("p", t("Copy it now: it is not shown again.")), h("div.secret", h("code", key.api_key), copyButton(() => key.api_key, { label: t("Copy the key") })), example(() => key.api_key),
        h("div.dialog-actions", h("button.button.primary", { type: "button", onclick: () => close() }, t("Done"))),
    ], { wide: true });

async function showUsage(key) {
    const days = await get(`/api/v1/auths/api_keys/${key.id}/usage`);
    return openDialog(t("Usage of {name}", { name: key.name }), () => [
        days.length
            ? h(
                "table.table", h("thead", h("tr", [t("Day"), t("Requests"), t("Tokens")].map((head) => h("th", { scope: "col" }, head)))),
                h("tbody", days.map((item) => h("tr", h("td", item.day), h("td.number", number(item.requests)), h("td.number", number(item.tokens))))))
            : h("p.muted", t("It was not used this month.")),
    ]);
}
