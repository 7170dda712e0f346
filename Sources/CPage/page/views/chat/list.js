/** The saved chats in the side bar: pinned, in folders, and by age; with search. */
import { del, get, post, query } from "../../api.js";
import { debounced, h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { t } from "../../i18n.js";
import { asked, confirmed, openDialog } from "../../parts/dialog.js";
import { moreButton } from "../../parts/menu.js";
import { attempt, failed, toast } from "../../parts/toast.js";
import { navigate } from "../../router.js";

let current = null;

/** The list's own reload, for those who change chats. */
export const refreshChats = () => current?.load();

export function chatList() {
    let folders = [];
    let page = 1;
    let chats = [];
    let isComplete = false;
    const items = h("div.chat-items", {
        onfocusin: (event) => event.target.matches(".chat-link") && setStop(event.target),
        onkeydown: (event) => {
            if (!event.target.matches(".chat-link")) return;
            const links = [...items.querySelectorAll(".chat-link")].filter((link) => link.offsetParent);
            const index = links.indexOf(event.target);
            const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: links.length - 1 }[event.key];
            if (to === undefined) return;
            event.preventDefault();
            links[Math.max(0, Math.min(to, links.length - 1))].focus();
        },
    });
    const search = h("input.input.search", {
        type: "search", placeholder: t("Search chats"), "aria-label": t("Search chats"), autocomplete: "off",
        oninput: debounced(() => (search.value.trim() ? find(search.value.trim()) : load())),
    });
    const newFolder = h("button.icon-button.small", { type: "button", "aria-label": t("New folder"), title: t("New folder"), onclick: makeFolder }, icon("folder"));
    const element = h("section.chats", { "aria-label": t("Chats") }, h("div.chats-head", search, newFolder), items);

    /** One chat with its menu is a stop of the Tab key, and the arrow keys go to the others: a long list is no wall. */
    function setStop(link = items.querySelector(".chat-link[aria-current]") ?? items.querySelector(".chat-link")) {
        for (const other of items.querySelectorAll(".chat-link, .chat-row > button")) other.tabIndex = other.parentElement === link?.parentElement ? 0 : -1;
    }

    async function load() {
        try {
            const [pinned, tree, first] = await Promise.all([get("/api/v1/chats/pinned"), get("/api/v1/folders/"), get("/api/v1/chats/?page=1")]);
            folders = tree;
            page = 1;
            chats = first;
            isComplete = first.length < 60;
            if (!search.value.trim()) show(pinned);
            element.pinned = pinned;
        } catch (error) {
            if (error.status !== 401) failed(error);
        }
    }

    async function more() {
        page += 1;
        const next = await get(`/api/v1/chats/?page=${page}`);
        chats.push(...next);
        isComplete = next.length < 60;
        show(element.pinned);
    }

    async function find(text) {
        try {
            const found = await get("/api/v1/chats/search" + query({ text, page: 1 }));
            if (search.value.trim() !== text) return;
            replace(items, h("h2.group-title", t("Found")), found.length ? rows(found) : h("p.muted.pad", t("No chat matches.")));
            setStop();
        } catch (error) {
            failed(error);
        }
    }

    function show(pinned) {
        const groups = byAge(chats);
        const top = element.scrollTop;
        replace(
            items, pinned.length ? [h("h2.group-title", t("Pinned")), rows(pinned, true)] : null,
            folders.length ? [h("h2.group-title", t("Folders")), folders.map(folderRow)] : null,
            groups.map(([title, list]) => [h("h2.group-title", title), rows(list)]),
            !pinned.length && !folders.length && !chats.length ? h("p.muted.pad", t("Your chats will be listed here.")) : null,
            isComplete ? null : h("button.button.full.small", { type: "button", onclick: (event) => attempt(more, event.currentTarget) }, t("Older chats")));
        element.scrollTop = top;
        setStop();
    }

    const rows = (list, isPinned = false) => h("ul.chat-rows", list.map((chat) => row(chat, isPinned)));

    function row(chat, isPinned) {
        const link = h("a.chat-link", {
            href: `/c/${chat.id}`, title: chat.title, draggable: "true", "aria-current": location.pathname === `/c/${chat.id}` ? "page" : null,
            ondragstart: (event) => event.dataTransfer.setData("application/x-chat", chat.id),
        }, chat.title || t("New chat"));
        return h("li.chat-row", link, moreButton(t("Actions for {title}", { title: chat.title }), () => actions(chat, isPinned)));
    }

    const actions = (chat, isPinned) => [
        {
            label: t("Rename"), icon: "edit",
            run: async () => {
                const title = await asked(t("Rename the chat"), t("Title"), chat.title);
                if (title) change(() => post(`/api/v1/chats/${chat.id}`, { chat: { title } }));
            },
        },
        { label: isPinned ? t("Unpin") : t("Pin"), icon: "pin", run: () => change(() => post(`/api/v1/chats/${chat.id}/pin`)) },
        { label: t("Move to a folder"), icon: "folder", run: () => move(chat) },
        {
            label: t("Archive"), icon: "archive",
            run: () => change(async () => {
                await post(`/api/v1/chats/${chat.id}/archive`);
                toast(t("The chat is in the archive."));
                leave(chat.id);
            }),
        },
        {
            label: t("Delete"), icon: "trash", danger: true,
            run: async () => {
                if (!(await confirmed(t("Delete the chat?"), t("“{title}” will be gone for good.", { title: chat.title })))) return;
                change(async () => {
                    await del(`/api/v1/chats/${chat.id}`);
                    leave(chat.id);
                });
            },
        },
    ];

    const leave = (id) => location.pathname === `/c/${id}` && navigate("/");

    const change = (work) => attempt(async () => {
        await work();
        search.value = "";
        await load();
    });

    async function move(chat) {
        const target = await openDialog(t("Move to a folder"), (close) => [
            h(
                "div.choices", h("button.choice", { type: "button", onclick: () => close({ id: null }) }, t("No folder")),
                folders.map((folder) => h("button.choice", { type: "button", onclick: () => close(folder) }, icon("folder"), folder.name)),
                folders.length ? null : h("p.muted", t("There are no folders yet. Make one with the button beside the search."))),
        ]);
        if (target) change(() => post(`/api/v1/chats/${chat.id}/folder`, { folder_id: target.id }));
    }

    // MARK: Folders

    async function makeFolder() {
        const name = await asked(t("New folder"), t("Name"), "", t("Create"));
        if (name) change(() => post("/api/v1/folders/", { name }));
    }

    function folderRow(folder) {
        const inside = h("div.folder-chats");
        const toggle = async () => {
            if (!details.open) return;
            try {
                const list = await get(`/api/v1/chats/folder/${folder.id}/list`);
                replace(inside, list.length ? rows(list) : h("p.muted.pad", t("Empty. Drag a chat here.")));
                setStop();
            } catch (error) {
                failed(error);
            }
        };
        const details = h(
            "details.folder", {
                open: opened.has(folder.id),
                ontoggle: () => {
                    if (details.open) opened.add(folder.id);
                    else opened.delete(folder.id);
                    toggle();
                },
                ondragover: (event) => {
                    if (![...event.dataTransfer.types].includes("application/x-chat")) return;
                    event.preventDefault();
                    details.classList.add("dropping");
                },
                ondragleave: () => details.classList.remove("dropping"),
                ondrop: (event) => {
                    const id = event.dataTransfer.getData("application/x-chat");
                    details.classList.remove("dropping");
                    if (!id) return;
                    event.preventDefault();
                    opened.add(folder.id);
                    change(() => post(`/api/v1/chats/${id}/folder`, { folder_id: folder.id }));
                },
            },
            h("summary", icon("folder"), h("span", folder.name)), inside);
        return h(
            "div.folder-row", details, moreButton(t("Actions for {title}", { title: folder.name }), () => [
                {
                    label: t("Rename"), icon: "edit",
                    run: async () => {
                        const name = await asked(t("Rename the folder"), t("Name"), folder.name);
                        if (name) change(() => post(`/api/v1/folders/${folder.id}/update`, { name }));
                    },
                },
                {
                    label: t("Delete"), icon: "trash", danger: true,
                    run: async () => {
                        if (await confirmed(t("Delete the folder?"), t("“{title}” and the chats in it will be gone for good.", { title: folder.name }))) {
                            change(() => del(`/api/v1/folders/${folder.id}`));
                        }
                    },
                },
            ]));
    }

    current = {
        element, load,
        mark(pathname) {
            for (const link of items.querySelectorAll(".chat-link")) {
                if (link.pathname === pathname) link.setAttribute("aria-current", "page");
                else link.removeAttribute("aria-current");
            }
            if (!items.contains(document.activeElement)) setStop();
        },
    };
    return current;
}

/** Folders that are open, as long as the page lives. */
const opened = new Set();

function byAge(chats) {
    const midnight = new Date().setHours(0, 0, 0, 0) / 1000;
    const bounds = [[midnight, t("Today")], [midnight - 86400, t("Yesterday")], [midnight - 7 * 86400, t("Last 7 days")], [midnight - 30 * 86400, t("Last 30 days")], [0, t("Older")]];
    const groups = new Map();
    for (const chat of chats) {
        const title = bounds.find(([from]) => chat.updated_at >= from)?.[1] ?? t("Older");
        groups.set(title, [...(groups.get(title) ?? []), chat]);
    }
    return [...groups];
}
