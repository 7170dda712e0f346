import { del, get, post, query } from "../../api.js";
import { debounced, h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { nameWords, t } from "../../i18n.js";
import { confirmed, openDialog } from "../../parts/dialog.js";
import { area, empty, field, form, textInput } from "../../parts/field.js";
import { moreButton } from "../../parts/menu.js";
import { attempt, toast } from "../../parts/toast.js";
import { avatar } from "../look.js";
import { panel } from "../sections.js";

/** Groups, and what people may do. */
export async function groupsSection() {
    const list = h("ul.card-list");
    const defaults = await get("/api/v1/users/default/permissions");

    async function load() {
        const groups = await get("/api/v1/groups/");
        replace(
            list, groups.length ? groups.map((group) =>
                h(
                    "li.card-row", icon("users"), h("div.text", h("strong", group.name), group.description ? h("p", group.description) : null), h("span.tag", t("{count} members", { count: group.member_count ?? 0 })),
                    h("button.button.small", { type: "button", onclick: () => members(group).then(() => attempt(load)) }, t("Members")),
                    moreButton(t("Actions for {title}", { title: group.name }), () => [
                        {
                            label: t("Edit"), icon: "edit",
                            run: async () => {
                                if (await editGroup(group, defaults)) attempt(load);
                            },
                        },
                        {
                            label: t("Delete"), icon: "trash", danger: true,
                            run: async () => {
                                if (!(await confirmed(t("Delete the group?"), t("Its members lose what the group gave them.")))) return;
                                attempt(async () => {
                                    await del(`/api/v1/groups/id/${group.id}/delete`);
                                    await load();
                                });
                            },
                        },
                    ])))
                : h("li", empty(icon("users"), t("No groups yet"), t("Groups give several people the same rights."))));
    }

    const tree = permissionTree(defaults);
    const save = h("button.button.primary", { type: "submit" }, t("Save"));
    await load();
    return [
        h("div.row.end", h("button.button.primary", {
            type: "button",
            onclick: async () => {
                if (await editGroup(null, defaults)) attempt(load);
            },
        }, icon("plus"), t("New group"))),
        list,
        panel(
            t("What everybody may do"), t("Rights of all accounts with the role User. Groups can only add to them."),
            form(() => attempt(async () => {
                await post("/api/v1/users/default/permissions", tree.value());
                toast(t("Saved."));
            }, save), tree, h("div.row", save))),
    ];
}

/** Check boxes for a tree of permissions; the names are the server's. */
function permissionTree(value) {
    const boxes = [];
    const element = h(
        "div.permission-tree",
        Object.entries(value).map(([area, entries]) =>
            h(
                "fieldset", h("legend", nameWords(area)),
                Object.entries(entries ?? {}).map(([name, isOn]) => {
                    const input = h("input", { type: "checkbox", checked: isOn === true });
                    boxes.push([area, name, input]);
                    return h("label", input, nameWords(name));
                }))));
    element.value = () => {
        const result = structuredClone(value);
        for (const [area, name, input] of boxes) result[area][name] = input.checked;
        return result;
    };
    return element;
}

function editGroup(group, defaults) {
    return openDialog(group ? t("Edit the group") : t("New group"), (close) => {
        const name = textInput(group?.name, { required: true, maxlength: 200, autofocus: true });
        const description = area(group?.description, { rows: 2 });
        const nothing = Object.fromEntries(Object.entries(defaults).map(([area, entries]) => [area, Object.fromEntries(Object.keys(entries).map((key) => [key, false]))]));
        const given = group?.permissions ?? {};
        const tree = permissionTree(Object.fromEntries(Object.entries(nothing).map(([area, entries]) => [area, { ...entries, ...(given[area] ?? {}) }])));
        const submit = h("button.button.primary", { type: "submit" }, group ? t("Save") : t("Create"));
        return [
            form(
                () => attempt(async () => {
                    const fields = { name: name.value.trim(), description: description.value.trim(), permissions: tree.value() };
                    close(await post(group ? `/api/v1/groups/id/${group.id}/update` : "/api/v1/groups/create", fields));
                }, submit),
                field(t("Name"), name), field(t("Description"), description), h("h3", t("Members may also")), tree,
                h("div.dialog-actions", h("button.button", { type: "button", onclick: () => close() }, t("Cancel")), submit)),
        ];
    }, { wide: true });
}

async function members(group) {
    const path = `/api/v1/groups/id/${group.id}/users`;
    const list = h("ul.card-list");
    const found = h("ul.card-list");
    let current = [];

    async function load() {
        current = await post(path);
        replace(
            list, current.length ? current.map((person) =>
                h(
                    "li.card-row", avatar(person), h("span.grow", `${person.name} (${person.email})`),
                    h("button.icon-button.small", {
                        type: "button", "aria-label": t("Remove {name}", { name: person.name }),
                        onclick: () => attempt(async () => {
                            await post(`${path}/remove`, { user_ids: [person.id] });
                            await load();
                        }),
                    }, icon("close"))))
                : h("li.muted", t("Nobody is in it yet.")));
    }

    await attempt(load);
    return openDialog(t("Members of {name}", { name: group.name }), () => {
        const search = h("input.input", {
            type: "search", placeholder: t("Add people"), "aria-label": t("Add people"), autocomplete: "off",
            oninput: debounced(() => attempt(async () => {
                const text = search.value.trim();
                if (!text) return replace(found);
                const { users } = await get("/api/v1/users/" + query({ query: text, page: 1 }));
                replace(
                    found, users.filter((person) => !current.some((member) => member.id === person.id)).slice(0, 6).map((person) =>
                        h("li", h("button.choice", {
                            type: "button",
                            onclick: () => attempt(async () => {
                                await post(`${path}/add`, { user_ids: [person.id] });
                                search.value = "";
                                replace(found);
                                await load();
                            }),
                        }, icon("plus"), `${person.name} (${person.email})`))));
            })),
        });
        return [search, found, list];
    });
}
