/** What a person wants to be remembered in their chats. */
import { del, get, post } from "../../api.js";
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { ago, dateTime, t } from "../../i18n.js";
import { confirmed, openDialog } from "../../parts/dialog.js";
import { area, field, form, select, toggle } from "../../parts/field.js";
import { attempt, toast } from "../../parts/toast.js";
import { keepSetting, session } from "../../session.js";
import { panel } from "../sections.js";

export async function memorySection() {
    const list = h("ul.card-list");
    const forgetAll = h("button.button.small.danger", { type: "button", onclick: deleteAll }, t("Forget everything"));

    async function load() {
        const memories = (await get("/api/v1/memories/")).toSorted((one, other) => other.updated_at - one.updated_at);
        replace(list, memories.length ? memories.map(row) : h("li.muted", t("Nothing is remembered yet.")));
        forgetAll.hidden = !memories.length;
    }

    const row = (memory) =>
        h(
            "li.card-row", icon("bookmark"),
            h("div.text", h("div.pre", memory.content), h("p", { title: dateTime(memory.updated_at) }, [ago(memory.updated_at), memory.path].filter(Boolean).join(" · "))),
            memory.type === "user" ? h("span.tag.good", t("In every chat")) : h("span.tag", t("Where it fits")),
            h("button.icon-button.small", { type: "button", "aria-label": t("Change “{text}”", { text: brief(memory) }), title: t("Change"), onclick: () => edit(memory) }, icon("edit")),
            h("button.icon-button.small", { type: "button", "aria-label": t("Forget “{text}”", { text: brief(memory) }), title: t("Forget"), onclick: () => forget(memory) }, icon("trash")));

    async function edit(memory) {
        if (await editMemory(memory)) await attempt(load);
    }

    async function forget(memory) {
        if (!(await confirmed(t("Forget it?"), brief(memory), t("Forget")))) return;
        attempt(async () => {
            await del(`/api/v1/memories/${memory.id}`);
            await load();
        });
    }

    async function deleteAll() {
        if (!(await confirmed(t("Forget everything?"), t("All of your memories will be gone for good."), t("Forget everything")))) return;
        attempt(async () => {
            await del("/api/v1/memories/delete/user");
            await load();
            toast(t("Everything is forgotten."));
        });
    }

    await load();
    return [
        session.config.features.enable_memory_system_context === false ? null : panel(
            t("In chats"), null,
            toggle(t("Use memories in chats"), session.settings.memory === true, (isOn, input) => attempt(async () => {
                try {
                    await keepSetting("memory", isOn);
                } catch (error) {
                    input.checked = !isOn;
                    throw error;
                }
            }), t("Models are told what is written below, as far as it fits the question."))),
        panel(
            t("Memories"), t("Nobody but you can read them here. Models are told them in your chats, if you want that."),
            h("div.row", h("button.button.small", { type: "button", onclick: () => edit(null) }, icon("plus"), t("New memory")), forgetAll), list),
    ].filter(Boolean);
}

const brief = ({ content }) => ([...content].length > 60 ? [...content].slice(0, 60).join("") + "…" : content);

/** Makes or changes a memory; gives it, or `undefined` when it was left. */
const editMemory = (memory) =>
    openDialog(memory ? t("Change the memory") : t("New memory"), (close) => {
        const content = area(memory?.content, { rows: 4, required: true, maxlength: 4000, autofocus: true, placeholder: t("I am a vegetarian.") });
        const kind = select(memory?.type ?? "user", [["user", t("In every chat")], ["context", t("Only where it fits the question")]]);
        const submit = h("button.button.primary", { type: "submit" }, t("Save"));
        return [
            form(
                () => attempt(async () => close(await post(memory ? `/api/v1/memories/${memory.id}/update` : "/api/v1/memories/add", { content: content.value.trim(), type: kind.value })), submit),
                field(t("What to remember"), content), field(t("Models are told"), kind),
                h("div.dialog-actions", h("button.button", { type: "button", onclick: () => close() }, t("Cancel")), submit)),
        ];
    });
