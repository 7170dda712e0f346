/** One collection: its files and folders, new files on their way, and a search that says why it finds what it finds. */
import { del, get, post, query } from "../../api.js";
import { debounced, h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { ago, bytes, t } from "../../i18n.js";
import { asked, confirmed } from "../../parts/dialog.js";
import { acceptDrops, pickedFiles } from "../../parts/dropzone.js";
import { searchBox, showMore } from "../../parts/listing.js";
import { moreButton } from "../../parts/menu.js";
import { fileProgress, startAll } from "../../parts/progress.js";
import { attempt, failed } from "../../parts/toast.js";
import { navigate, update } from "../../router.js";
import { accessTag, deleteCollection, editCollection } from "./collections.js";
import { searchPanel } from "./search.js";

export async function collectionView({ id }) {
    const collection = await get(`/api/v1/knowledge/${id}`);
    const mayWrite = collection.write_access !== false;
    let directory = null;
    let page = 1;
    const files = h("div.file-list");
    const crumbs = h("nav.crumbs", { "aria-label": t("Folder") });
    const place = h("div");
    const coming = h("div.file-list", { "aria-label": t("Uploads") });
    const filter = searchBox(t("Filter files by name"), () => reload());

    // MARK: Files

    async function load() {
        const text = filter.value.trim();
        const answer = await get(`/api/v1/knowledge/${id}/files` + query({ page, query: text, directory_id: text ? null : (directory ?? "root") }));
        if (page === 1) replace(files);
        if (!text && page === 1) files.append(...answer.directories.map(directoryLine));
        files.append(...answer.items.map(fileLine));
        replace(crumbs, directory && !text ? [step(t("All files"), null), ...answer.breadcrumbs.map((crumb) => [icon("right"), step(crumb.name, crumb.id)])] : null);
        const shown = files.querySelectorAll("[data-file]").length;
        replace(
            place, !files.children.length ? h("p.muted.pad", text ? t("No file matches.") : t("No files here yet.")) : null,
            shown < answer.total ? showMore(() => {
                page += 1;
                return load();
            }) : null);
    }

    const reload = () => {
        page = 1;
        return attempt(load);
    };

    const go = (to) => {
        directory = to;
        reload();
    };

    const step = (name, to) => h("button.link", { type: "button", onclick: () => go(to) }, name);

    function directoryLine(item) {
        return h(
            "div.file-line", icon("folder"), h("div.file-main", h("button.link.file-name", { type: "button", onclick: () => go(item.id) }, item.name)),
            mayWrite ? moreButton(t("Actions for {title}", { title: item.name }), () => [
                {
                    label: t("Rename"), icon: "edit",
                    run: async () => {
                        const name = await asked(t("Rename the folder"), t("Name"), item.name);
                        if (name) attempt(async () => {
                            await post(`/api/v1/knowledge/${id}/dirs/${item.id}/update`, { name });
                            await reload();
                        });
                    },
                },
                {
                    label: t("Delete"), icon: "trash", danger: true,
                    run: async () => {
                        if (!(await confirmed(t("Delete the folder?"), t("The files in it move to the top.")))) return;
                        attempt(async () => {
                            await del(`/api/v1/knowledge/${id}/dirs/${item.id}/delete`);
                            await reload();
                        });
                    },
                },
            ]) : null);
    }

    function fileLine(file) {
        const name = file.meta?.name ?? file.filename;
        return h(
            "div.file-line", { dataset: { file: file.id } }, icon("file"),
            h(
                "div.file-main",
                h(
                    "div.file-title", h("a.file-name", { href: `/api/v1/files/${file.id}/content`, target: "_blank", rel: "noopener", title: name }, name),
                    h("span.file-size", bytes(file.meta?.size)))),
            h("span.file-state", ago(file.updated_at)),
            mayWrite ? moreButton(t("Actions for {title}", { title: name }), () => [
                {
                    label: t("Index again"), icon: "retry",
                    run: () => attempt(async () => {
                        await post(`/api/v1/knowledge/${id}/file/update`, { file_id: file.id });
                        await reload();
                    }),
                },
                {
                    label: t("Delete"), icon: "trash", danger: true,
                    run: async () => {
                        if (!(await confirmed(t("Delete the file?"), t("“{title}” will be gone for good.", { title: name })))) return;
                        attempt(async () => {
                            await post(`/api/v1/knowledge/${id}/file/remove`, { file_id: file.id });
                            await reload();
                        });
                    },
                },
            ]) : null);
    }

    // MARK: Uploads

    /** Makes the folders that were dropped, each once. @returns their ids by path. */
    async function makeFolders(paths) {
        const ids = new Map([["", directory]]);
        for (const path of [...new Set(paths)].sort()) {
            let parent = "";
            for (const name of path.split("/").filter(Boolean)) {
                const here = parent ? `${parent}/${name}` : name;
                if (!ids.has(here)) {
                    const parentID = ids.get(parent);
                    const known = await get(`/api/v1/knowledge/${id}/files` + query({ directory_id: parentID ?? "root" }));
                    const existing = known.directories.find((item) => item.name === name);
                    ids.set(here, (existing ?? (await post(`/api/v1/knowledge/${id}/dirs/create`, { name, parent_id: parentID }))).id);
                }
                parent = here;
            }
        }
        return ids;
    }

    async function take(found) {
        if (!found.length) return;
        try {
            const folders = await makeFolders(found.map(({ folder }) => folder));
            const items = found.map(({ file, folder }) =>
                fileProgress(file, {
                    metadata: { knowledge_id: id, directory_id: folders.get(folder) ?? null },
                    onDone: (item) => {
                        if (item.status !== "completed") return;
                        item.element.remove();
                        refresh();
                    },
                }));
            coming.append(...items.map((item) => item.element));
            await startAll(items);
        } catch (error) {
            failed(error);
        }
    }

    const refresh = debounced(() => reload(), 300);

    const input = (attributes) => {
        const picker = h("input", {
            type: "file", multiple: true, hidden: true, tabindex: -1, "aria-hidden": "true", ...attributes,
            onchange: () => {
                take(pickedFiles(picker));
                picker.value = "";
            },
        });
        return picker;
    };
    const filePicker = input({});
    const folderPicker = input({ webkitdirectory: true });
    const zone = mayWrite ? h(
        "div.drop-zone", icon("file"), h("p", t("Drop files and folders here")),
        h(
            "div.row", h("button.button.small", { type: "button", onclick: () => filePicker.click() }, t("Choose files")),
            h("button.button.small", { type: "button", onclick: () => folderPicker.click() }, t("Choose a folder")),
            h("button.button.small", {
                type: "button",
                onclick: async () => {
                    const name = await asked(t("New folder"), t("Name"), "", t("Create"));
                    if (name) attempt(async () => {
                        await post(`/api/v1/knowledge/${id}/dirs/create`, { name, parent_id: directory });
                        await reload();
                    });
                },
            }, t("New folder"))),
        filePicker, folderPicker) : null;

    await load();
    const content = h(
        "div.page",
        h(
            "header.page-head", h("a.back", { href: "/knowledge" }, icon("left"), t("Knowledge")),
            h(
                "div.row", h("a.button.small", { href: `/?collection=${encodeURIComponent(id)}&name=${encodeURIComponent(collection.name)}` }, icon("sparkle"), t("Ask about it")),
                mayWrite ? h("button.button.small", {
                    type: "button",
                    onclick: async () => {
                        if (await editCollection(collection)) update();
                    },
                }, icon("edit"), t("Edit")) : null,
                mayWrite ? h("button.button.small.danger", {
                    type: "button",
                    onclick: async () => {
                        if (await deleteCollection(collection)) navigate("/knowledge");
                    },
                }, icon("trash"), t("Delete")) : null),
            h("div.row.grow", h("h1", collection.name || t("Untitled")), accessTag(collection)), collection.description ? h("p", collection.description) : null),
        searchPanel(id),
        h("section.panel", h("div.panel-head", h("h2", t("Files"))), zone, coming, filter, crumbs, files, place));
    if (mayWrite) acceptDrops(zone, take);
    return { title: collection.name, content };
}
