/** Functions (pipes, filters, actions) and tools: Python that administrators put into the server. */
import { del, get, getOr, post } from "../../api.js";
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { ago, t } from "../../i18n.js";
import { confirmed, openDialog } from "../../parts/dialog.js";
import { empty, field, form, textInput, toggle } from "../../parts/field.js";
import { moreButton } from "../../parts/menu.js";
import { attempt, toast } from "../../parts/toast.js";
import { accessEditor } from "../../parts/access.js";
import { editValves } from "./valves.js";

const kinds = {
    functions: {
        path: "/api/v1/functions", title: () => t("Functions"), make: () => t("New function"), none: () => t("No functions yet"),
        about: () => t("Functions add models (pipes), look at what goes in and out (filters), or add buttons (actions)."),
        start: 'from pydantic import BaseModel, Field\n\n\nclass Filter:\n    class Valves(BaseModel):\n        prefix: str = Field(default="", description="Put before every question")\n\n    def __init__(self):\n        self.valves = self.Valves()\n\n    def inlet(self, body: dict) -> dict:\n        body["messages"][-1]["content"] = self.valves.prefix + body["messages"][-1]["content"]\n        return body\n',
    },
    tools: {
        path: "/api/v1/tools", title: () => t("Tools"), make: () => t("New tool"), none: () => t("No tools yet"), about: () => t("Tools are functions that models may call while they answer."),
        start: 'class Tools:\n    def add(self, a: float, b: float) -> str:\n        """\n        Add two numbers.\n        :param a: the first\n        :param b: the second\n        """\n        return str(a + b)\n',
    },
};

export const functionsSection = () => section(kinds.functions);
export const toolsSection = () => section(kinds.tools);

async function section(kind) {
    const first = await getOr(`${kind.path}/`, null);
    if (!Array.isArray(first)) return [empty(icon("code"), t("Not available"), t("This server does not run {kind}.", { kind: kind.title() }))];
    const list = h("ul.card-list");
    const isFunction = kind === kinds.functions;

    async function load(items) {
        items ??= await get(`${kind.path}/`);
        replace(list, items.length ? items.map(row) : h("li", empty(icon("code"), kind.none(), kind.about())));
    }

    const run = (work) => attempt(async () => {
        await work();
        await load();
    });

    function row(item) {
        const manifest = item.meta?.manifest ?? {};
        const install = item.meta?.install;
        const active = isFunction ? toggle("", item.is_active, () => run(() => post(`${kind.path}/id/${item.id}/toggle`))) : null;
        active?.input.setAttribute("aria-label", t("Use {name}", { name: item.name }));
        return h(
            "li.card-row", icon("code"),
            h("div.text", h("strong", item.name), " ", h("code.muted.small-text", item.id), h("p", [item.meta?.description, manifest.version ? `v${manifest.version}` : null, manifest.author, ago(item.updated_at)].filter(Boolean).join(" · ")), install?.error ? h("p.file-problem", install.error) : null),
            item.type ? h("span.tag", item.type) : null, item.is_global ? h("span.tag.good", t("for all models")) : null, install?.state && install.state !== "ready" ? h("span.tag.warn", install.state) : null,
            h("button.button.small", { type: "button", onclick: () => attempt(() => editValves(kind.path, item)) }, t("Valves")),
            moreButton(t("Actions for {title}", { title: item.name }), () => [
                {
                    label: t("Edit"), icon: "edit",
                    run: async () => {
                        if (await attempt(() => editPlugin(kind, item))) attempt(load);
                    },
                },
                isFunction && item.type !== "pipe" ? { label: item.is_global ? t("No longer for all models") : t("For all models"), icon: "globe", run: () => run(() => post(`${kind.path}/id/${item.id}/toggle/global`)) } : null,
                { label: t("Log"), icon: "log", run: () => attempt(() => showLog(kind, item)) },
                {
                    label: t("Delete"), icon: "trash", danger: true,
                    run: async () => {
                        if (await confirmed(t("Delete {name}?", { name: item.name }), t("Its code and its valves will be gone for good."))) run(() => del(`${kind.path}/id/${item.id}/delete`));
                    },
                },
            ]), active?.input ?? null);
    }

    await load(first);
    return [
        h("div.row", h("p.muted.grow", kind.about()), h("button.button.primary", {
            type: "button",
            onclick: async () => {
                if (await attempt(() => editPlugin(kind, null))) attempt(load);
            },
        }, icon("plus"), kind.make())),
        list,
    ];
}

async function showLog(kind, item) {
    const answer = await getOr(`${kind.path}/id/${item.id}/log`, { lines: [] });
    return openDialog(t("Log of {name}", { name: item.name }), () => [answer.lines.length ? h("pre.code", { tabindex: 0 }, answer.lines.join("\n")) : h("p.muted", t("It has printed nothing lately."))], { wide: true });
}

async function editPlugin(kind, item) {
    const full = item ? await get(`${kind.path}/id/${item.id}`) : null;
    return openDialog(full ? t("Edit {name}", { name: full.name }) : kind.make(), (close) => {
        const name = textInput(full?.name, { required: true, maxlength: 200, autofocus: true });
        const id = textInput(full?.id, { required: true, pattern: "[a-z_][a-z0-9_]*", disabled: Boolean(full) });
        if (!full) name.addEventListener("input", () => (id.value = name.value.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^(\d)/, "_$1").replace(/^_+$|_$/g, "")));
        const description = textInput(full?.meta?.description, { maxlength: 1000 });
        const code = h("textarea.input.code", { value: full?.content ?? kind.start, rows: 22, required: true, spellcheck: "false", wrap: "off", onkeydown: indent });
        const access = kind === kinds.tools ? accessEditor(full?.access_grants) : null;
        const submit = h("button.button.primary", { type: "submit" }, full ? t("Save") : t("Create"));
        return [
            form(
                () => attempt(async () => {
                    const body = { id: id.value.trim(), name: name.value.trim(), content: code.value, meta: { ...(full?.meta ?? {}), description: description.value.trim() }, ...(access ? { access_grants: access.grants() } : {}) };
                    const saved = await post(full ? `${kind.path}/id/${full.id}/update` : `${kind.path}/create`, body);
                    toast(t("Saved."));
                    close(saved);
                }, submit),
                h("div.notice.warn", icon("alert"), h("p", t("This code runs on the server. Put in only what you trust."))), h("div.fields", field(t("Name"), name), field(t("Id"), id)),
                field(t("Description"), description), field(t("Code"), code, t("The tab key indents; press Escape first to leave with it.")), access,
                h("div.dialog-actions", h("button.button", { type: "button", onclick: () => close() }, t("Cancel")), submit)),
        ];
    }, { wide: true });
}

/** The tab key indents, until Escape says that it should move on. */
function indent(event) {
    const area = event.currentTarget;
    if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        area.dataset.leaves = "true";
        return;
    }
    if (event.key !== "Tab" || event.shiftKey || area.dataset.leaves) return delete area.dataset.leaves;
    event.preventDefault();
    area.setRangeText("    ", area.selectionStart, area.selectionEnd, "end");
}
