/** Servers that models come from. */
import { get, post } from "../../api.js";
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { t } from "../../i18n.js";
import { confirmed, openDialog } from "../../parts/dialog.js";
import { area, field, form, listOf, textInput, toggle } from "../../parts/field.js";
import { moreButton } from "../../parts/menu.js";
import { attempt, toast } from "../../parts/toast.js";
import { panel } from "../sections.js";

/** What differs between the two kinds of servers: names of the fields, and how they are asked. */
const kinds = {
    openai: {
        path: "/openai", title: () => t("OpenAI-compatible"), enable: "ENABLE_OPENAI_API", urls: "OPENAI_API_BASE_URLS", keys: "OPENAI_API_KEYS", configs: "OPENAI_API_CONFIGS",
        placeholder: "https://api.example.com/v1", works: (answer) => t("It works: {count} models.", { count: answer.data?.length ?? 0 }),
    },
    ollama: {
        path: "/ollama", title: () => "Ollama", enable: "ENABLE_OLLAMA_API", urls: "OLLAMA_BASE_URLS", keys: null, configs: "OLLAMA_API_CONFIGS", placeholder: "http://localhost:11434",
        works: (answer) => t("It works: version {version}.", { version: answer.version ?? "?" }),
    },
};

export const connectionsSection = () => Promise.all(Object.values(kinds).map(kindPanel));

async function kindPanel(kind) {
    let config = await get(`${kind.path}/config`);
    const list = h("ul.card-list");

    /** Writes the whole of it back; the server gives what it made of it. */
    const save = async (changes) => {
        config = await post(`${kind.path}/config/update`, { ...config, ...changes });
        show();
    };

    const connections = () =>
        config[kind.urls].map((url, index) => {
            const settings = config[kind.configs][String(index)] ?? config[kind.configs][url] ?? {};
            return { url, key: kind.keys ? (config[kind.keys][index] ?? "") : (settings.key ?? ""), settings };
        });

    const write = (items) =>
        save({
            [kind.urls]: items.map((item) => item.url), ...(kind.keys ? { [kind.keys]: items.map((item) => item.key) } : {}),
            [kind.configs]: Object.fromEntries(items.map((item, index) => [String(index), kind.keys ? item.settings : { ...item.settings, ...(item.key ? { key: item.key } : {}) }])),
        });

    const test = (item, button) => attempt(async () => {
        const answer = await post(`${kind.path}/verify`, { url: item.url, key: item.key, config: item.settings });
        toast(kind.works(answer));
    }, button);

    const edit = async (index) => {
        const items = connections();
        const changed = await editConnection(kind, items[index], test);
        if (!changed) return;
        if (index === undefined) items.push(changed);
        else items[index] = changed;
        attempt(async () => {
            await write(items);
            toast(t("Saved."));
        });
    };

    function show() {
        const items = connections();
        replace(
            list, items.length ? items.map((item, index) =>
                h(
                    "li.card-row", icon("plug"),
                    h(
                        "div.text", h("strong", item.url),
                        h("p", [item.settings.prefix_id ? t("prefix {prefix}", { prefix: item.settings.prefix_id }) : null, item.settings.model_ids?.length ? t("{count} models", { count: item.settings.model_ids.length }) : null, item.key ? t("with a key") : null].filter(Boolean).join(" · "))),
                    item.settings.enable === false ? h("span.tag.warn", t("Off")) : h("span.tag.good", t("On")),
                    h("button.button.small", { type: "button", onclick: (event) => test(item, event.currentTarget) }, t("Test")),
                    moreButton(t("Actions for {title}", { title: item.url }), () => [
                        { label: t("Edit"), icon: "edit", run: () => edit(index) },
                        {
                            label: item.settings.enable === false ? t("Switch on") : t("Switch off"), icon: "check",
                            run: () => attempt(() => write(items.map((other, place) => (place === index ? { ...other, settings: { ...other.settings, enable: other.settings.enable === false } } : other)))),
                        },
                        {
                            label: t("Delete"), icon: "trash", danger: true,
                            run: async () => {
                                if (await confirmed(t("Delete the connection?"), t("Its models are no longer offered."))) attempt(() => write(items.filter((_, place) => place !== index)));
                            },
                        },
                    ])))
                : h("li.muted", t("No connection yet.")));
    }

    show();
    return panel(
        kind.title(), null, toggle(t("Offer models of these servers"), config[kind.enable], (isOn) => attempt(() => save({ [kind.enable]: isOn }))), list,
        h("div.row", h("button.button.small", { type: "button", onclick: () => edit() }, icon("plus"), t("Add a connection"))));
}

function editConnection(kind, item, test) {
    return openDialog(item ? t("Edit the connection") : t("Add a connection"), (close) => {
        const url = textInput(item?.url, { type: "url", required: true, placeholder: kind.placeholder, autofocus: true });
        const key = textInput(item?.key, { type: "password", autocomplete: "off" });
        const prefix = textInput(item?.settings.prefix_id, { pattern: "[A-Za-z0-9_\\-]*" });
        const models = area((item?.settings.model_ids ?? []).join("\n"), { rows: 3 });
        const enabled = toggle(t("In use"), item?.settings.enable !== false);
        const read = () => ({
            url: url.value.trim().replace(/\/+$/, ""), key: key.value.trim(),
            settings: { ...(item?.settings ?? {}), enable: enabled.input.checked, prefix_id: prefix.value.trim(), model_ids: listOf(models.value) },
        });
        const check = h("button.button", { type: "button", onclick: () => url.reportValidity() && test(read(), check) }, t("Test"));
        return [
            form(
                () => close(read()), field(t("Address"), url), field(t("Key"), key, t("Kept encrypted, sent to this server only.")),
                field(t("Prefix"), prefix, t("Put before the names of its models, with a dot.")), field(t("Only these models"), models, t("One a line. Empty offers all.")), enabled,
                h("div.dialog-actions", check, h("button.button", { type: "button", onclick: () => close() }, t("Cancel")), h("button.button.primary", { type: "submit" }, t("Save")))),
        ];
    });
}
