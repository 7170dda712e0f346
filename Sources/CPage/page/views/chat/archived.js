import { del, get, post } from "../../api.js";
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { ago, t } from "../../i18n.js";
import { confirmed } from "../../parts/dialog.js";
import { empty } from "../../parts/field.js";
import { attempt } from "../../parts/toast.js";
import { refreshChats } from "./list.js";

/** Chats that were put away. */
export async function archivedView() {
    const list = h("ul.card-list");
    async function load() {
        const chats = await get("/api/v1/chats/archived");
        replace(
            list, chats.length ? chats.map((chat) =>
                h(
                    "li.card-row", h("a.grow", { href: `/c/${chat.id}` }, chat.title), h("span.muted", ago(chat.updated_at)),
                    h("button.button.small", {
                        type: "button",
                        onclick: (event) => attempt(async () => {
                            await post(`/api/v1/chats/${chat.id}/archive`);
                            refreshChats();
                            await load();
                        }, event.currentTarget),
                    }, t("Put back")),
                    h("button.icon-button.small", {
                        type: "button", "aria-label": t("Delete {name}", { name: chat.title }),
                        onclick: async () => {
                            if (!(await confirmed(t("Delete the chat?"), t("“{title}” will be gone for good.", { title: chat.title })))) return;
                            attempt(async () => {
                                await del(`/api/v1/chats/${chat.id}`);
                                await load();
                            });
                        },
                    }, icon("trash"))))
                : h("li", empty(icon("archive"), t("Nothing is archived"), t("Archive a chat from its menu to keep it without seeing it."))));
    }
    await load();
    return { title: t("Archived chats"), content: h("div.page", h("header.page-head", h("h1", t("Archived chats"))), list) };
}
