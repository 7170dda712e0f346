/** Functions (pipes, filters, actions) and tools: Python that administrators put into the server. */
import { del, get, getOr, post } from "../../api.js";
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { ago, t } from "../../i18n.js";
import { confirmed, openDialog } from "../../parts/dialog.js";
import { empty, toggle } from "../../parts/field.js";
import { moreButton } from "../../parts/menu.js";
import { attempt, failed } from "../../parts/toast.js";
import { whenLeaving } from "../../router.js";
import { editPlugin } from "./plugin-editor.js";
import { editOwnValves, editValves } from "./valves.js";

const kinds = {
    functions: {
        path: "/api/v1/functions", title: () => t("Functions"), make: () => t("New function"), none: () => t("No functions yet"),
        about: () => t("Functions add models (pipes), look at what goes in and out (filters), or add buttons (actions)."),
        start: 'from pydantic import BaseModel, Field\n\n\nclass Filter:\n    class Valves(BaseModel):\n        prefix: str = Field(default="", description="Put before every question")\n\n    def __init__(self):\n        self.valves = self.Valves()\n\n    def inlet(self, body: dict) -> dict:\n        body["messages"][-1]["content"] = self.valves.prefix + body["messages"][-1]["content"]\n        return body\n',
    },
    tools: {
        path: "/api/v1/tools", hasAccess: true, title: () => t("Tools"), make: () => t("New tool"), none: () => t("No tools yet"), about: () => t("Tools are functions that models may call while they answer."),
        start: 'class Tools:\n    def add(self, a: float, b: float) -> str:\n        """\n        Add two numbers.\n        :param a: the first\n        :param b: the second\n        """\n        return str(a + b)\n',
    },
};

export const functionsSection = () => section(kinds.functions);
export const toolsSection = () => section(kinds.tools);

const typeWords = () => ({ pipe: t("Model"), filter: t("Filter"), action: t("Button") });

async function section(kind) {
    const first = await getOr(`${kind.path}/`, null);
    if (!Array.isArray(first)) return [empty(icon("code"), t("Not available"), t("This server does not run {kind}.", { kind: kind.title() }))];
    const list = h("ul.card-list");
    const isFunction = kind === kinds.functions;
    let poll = 0;

    async function load(items) {
        items ??= await get(`${kind.path}/`);
        replace(list, items.length ? items.map(row) : h("li", empty(icon("code"), kind.none(), kind.about())));
        clearTimeout(poll);
        if (items.some((item) => item.meta?.install?.state === "installing")) poll = setTimeout(() => load().catch(failed), 1500);
    }

    whenLeaving(() => clearTimeout(poll));

    const run = (work) => attempt(async () => {
        await work();
        await load();
    });

    function row(item) {
        const manifest = item.meta?.manifest ?? {};
        const active = isFunction ? toggle("", item.is_active, () => run(() => post(`${kind.path}/id/${item.id}/toggle`))) : null;
        active?.input.setAttribute("aria-label", t("Use {name}", { name: item.name }));
        return h(
            "li.card-row.plugin", { dataset: { id: item.id } }, icon(isFunction ? "code" : "tool"),
            h(
                "div.text", h("strong", item.name), " ", h("code.muted.small-text", item.id),
                h("p", [item.meta?.description, manifest.version ? `v${manifest.version}` : null, manifest.author, ago(item.updated_at)].filter(Boolean).join(" · ")), installation(item)),
            item.type ? h("span.tag", typeWords()[item.type] ?? item.type) : null, item.is_global ? h("span.tag.good", t("for all models")) : null,
            h("button.button.small", { type: "button", onclick: () => attempt(() => editValves(kind.path, item)) }, t("Valves")),
            moreButton(t("Actions for {title}", { title: item.name }), () => [
                {
                    label: t("Edit"), icon: "edit",
                    run: async () => {
                        if (await attempt(() => editPlugin(kind, item))) attempt(() => load());
                    },
                },
                isFunction && item.type !== "pipe" ? { label: item.is_global ? t("No longer for all models") : t("For all models"), icon: "globe", run: () => run(() => post(`${kind.path}/id/${item.id}/toggle/global`)) } : null,
                item.meta?.has_user_valves ? { label: t("Your settings"), icon: "gear", run: () => attempt(() => editOwnValves(kind.path, item)) } : null,
                { label: t("Log"), icon: "log", run: () => attempt(() => showLog(kind, item)) },
                {
                    label: t("Delete"), icon: "trash", danger: true,
                    run: async () => {
                        if (await confirmed(t("Delete {name}?", { name: item.name }), t("Its code and its valves will be gone for good."))) run(() => del(`${kind.path}/id/${item.id}/delete`));
                    },
                },
            ]), active?.input ?? null);
    }

    /** What the installer of its packages is doing, or what went wrong. */
    function installation(item) {
        const { state, error, log } = item.meta?.install ?? {};
        if (state === "installing") {
            return h("div.install", { role: "status" }, h("progress", { "aria-label": t("Packages of {name} are being installed", { name: item.name }) }), h("p", log?.at(-1) ?? t("Packages are being installed")));
        }
        if (!error) return null;
        return h(
            "div.install", h("pre.file-problem", { tabindex: 0 }, error),
            h("button.button.small", { type: "button", onclick: (event) => attempt(async () => {
                await post(`${kind.path}/id/${item.id}/install`);
                await load();
            }, event.currentTarget) }, icon("retry"), t("Install again")));
    }

    await load(first);
    return [
        h(
            "div.section-head", h("p.muted", kind.about()),
            h(
                "div.row", h("a.button", { href: `${kind.path}/export`, download: `${kind.path.split("/").at(-1)}.json` }, icon("download"), t("Export")),
                h("button.button.primary", {
                    type: "button",
                    onclick: async () => {
                        if (await attempt(() => editPlugin(kind, null))) attempt(() => load());
                    },
                }, icon("plus"), kind.make()))),
        list,
    ];
}

async function showLog(kind, item) {
    const answer = await getOr(`${kind.path}/id/${item.id}/log`, { lines: [] });
    return openDialog(t("Log of {name}", { name: item.name }), () => [answer.lines.length ? h("pre.code", { tabindex: 0 }, answer.lines.join("\n")) : h("p.muted", t("It has printed nothing lately."))], { wide: true });
}
