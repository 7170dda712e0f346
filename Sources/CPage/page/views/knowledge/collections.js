/** All collections that the person may see. */
import { del, get, post, query } from "../../api.js";
import { h } from "../../dom.js";
import { icon } from "../../icons.js";
import { ago, t } from "../../i18n.js";
import { accessEditor } from "../../parts/access.js";
import { confirmed, openDialog } from "../../parts/dialog.js";
import { area, empty, field, form, textInput } from "../../parts/field.js";
import { cardListing } from "../../parts/listing.js";
import { moreButton } from "../../parts/menu.js";
import { attempt } from "../../parts/toast.js";
import { navigate } from "../../router.js";
import { may, session } from "../../session.js";

export async function collectionsView() {
    const mayMake = may("workspace", "knowledge");
    const { search, cards, place, load, reload } = cardListing({
        label: t("Search collections"), noMatch: t("No collection matches."), card: (item) => card(item, () => reload()),
        ask: (text, page) => get("/api/v1/knowledge/search" + query({ query: text, page })),
        nothing: () => empty(icon("book"), t("No collections yet"), t("A collection holds documents. Ask about them in a chat by typing #."), mayMake ? makeButton() : null),
    });
    const makeButton = () => h("button.button.primary", { type: "button", onclick: make }, icon("plus"), t("New collection"));

    async function make() {
        const made = await editCollection(null);
        if (made) navigate(`/knowledge/${made.id}`);
    }

    await load();
    return {
        title: t("Knowledge"),
        content: h(
            "div.page", h("header.page-head", h("h1", t("Knowledge")), mayMake ? makeButton() : null, h("p", t("Documents that answers can be found in."))), search, cards, place),
    };
}

function card(item, reload) {
    const own = item.write_access !== false;
    return h(
        "li.card", h("a.card-title", { href: `/knowledge/${item.id}` }, item.name || t("Untitled")), item.description ? h("p", item.description) : null,
        h(
            "div.card-foot", h("span.tag", icon("file"), t("{count} files", { count: item.file_count ?? 0 })), accessTag(item),
            item.user && item.user.id !== session.user.id ? h("span", item.user.name) : null, h("span", ago(item.updated_at))),
        own ? moreButton(t("Actions for {title}", { title: item.name }), () => [
            {
                label: t("Edit"), icon: "edit",
                run: async () => {
                    if (await editCollection(item)) reload();
                },
            },
            {
                label: t("Delete"), icon: "trash", danger: true,
                run: async () => {
                    if (await deleteCollection(item)) reload();
                },
            },
        ]) : null);
}

export const accessTag = (item) => {
    const grants = item.access_grants ?? [];
    if (grants.some((grant) => grant.principal_id === "*")) return h("span.tag.good", t("Public"));
    return grants.length ? h("span.tag", t("Shared")) : h("span.tag", t("Private"));
};

export async function deleteCollection(item) {
    if (!(await confirmed(t("Delete the collection?"), t("“{title}” will be gone for good.", { title: item.name })))) return false;
    return attempt(async () => {
        await del(`/api/v1/knowledge/${item.id}/delete`);
        return true;
    });
}

/** Makes or changes a collection; `undefined` when it was left. */
export function editCollection(item) {
    return openDialog(item ? t("Edit the collection") : t("New collection"), (close) => {
        const name = textInput(item?.name, { required: true, maxlength: 200, autofocus: true });
        const description = area(item?.description, { rows: 3, maxlength: 4000 });
        const access = accessEditor(item?.access_grants);
        const submit = h("button.button.primary", { type: "submit" }, item ? t("Save") : t("Create"));
        return [
            form(
                () => attempt(async () => {
                    const fields = { name: name.value.trim(), description: description.value.trim(), access_grants: access.grants() };
                    if (!item) return close(await post("/api/v1/knowledge/create", fields));
                    await post(`/api/v1/knowledge/${item.id}/access/update`, { access_grants: fields.access_grants });
                    close(await post(`/api/v1/knowledge/${item.id}/update`, fields));
                }, submit),
                field(t("Name"), name), field(t("Description"), description, t("Says what the documents are about.")), access,
                h("div.dialog-actions", h("button.button", { type: "button", onclick: () => close() }, t("Cancel")), submit)),
        ];
    });
}
