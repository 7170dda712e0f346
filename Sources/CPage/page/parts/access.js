/** Who may see or change something: nobody but its owner, everybody, or some groups and people. */
import { get, query } from "../api.js";
import { h, replace } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { field, select } from "./field.js";
import { searchBox } from "./listing.js";

/**
 * @param {object[]} grants as the server keeps them.
 * @returns an element with `grants()`.
 */
export function accessEditor(grants = []) {
    let list = grants.map(({ principal_type, principal_id, permission }) => ({ principal_type, principal_id, permission }));
    const names = new Map();
    const rows = h("ul.card-list");
    const isPublic = () => list.some((grant) => grant.principal_id === "*");
    const visibility = select(isPublic() ? "public" : "private", [["private", t("Private: only those named below")], ["public", t("Public: everybody may read it")]], {
        onchange: () => {
            list = list.filter((grant) => grant.principal_id !== "*");
            if (visibility.value === "public") list.push({ principal_type: "user", principal_id: "*", permission: "read" });
            show();
        },
    });
    const found = h("ul.card-list");
    const search = searchBox(t("Add people or groups"), find);

    async function find() {
        const text = search.value.trim();
        if (!text) return replace(found);
        const [people, groups] = await Promise.all([
            get("/api/v1/users/search" + query({ query: text })).then((answer) => answer.users ?? answer).catch(() => []), get("/api/v1/groups/?share=true").catch(() => []),
        ]);
        const matches = [
            ...groups.filter((group) => group.name.toLowerCase().includes(text.toLowerCase())).map((group) => ["group", group.id, group.name]),
            ...people.map((person) => ["user", person.id, `${person.name} (${person.email})`]),
        ].filter(([, id]) => !list.some((grant) => grant.principal_id === id)).slice(0, 6);
        replace(
            found, matches.map(([type, id, name]) =>
                h("li", h("button.choice", {
                    type: "button",
                    onclick: () => {
                        names.set(id, name);
                        list.push({ principal_type: type, principal_id: id, permission: "read" });
                        search.value = "";
                        replace(found);
                        show();
                    },
                }, icon(type === "group" ? "users" : "user"), name))),
            matches.length ? null : h("li.muted", t("Nobody matches.")));
    }

    async function nameOf(grant, place) {
        if (!names.has(grant.principal_id)) {
            const path = grant.principal_type === "group" ? `/api/v1/groups/id/${grant.principal_id}/info` : `/api/v1/users/${grant.principal_id}/info`;
            names.set(grant.principal_id, await get(path).then((answer) => answer.name).catch(() => grant.principal_id));
        }
        place.textContent = names.get(grant.principal_id);
    }

    function show() {
        const named = list.filter((grant) => grant.principal_id !== "*");
        // Somebody with both rights is one row.
        const ids = [...new Set(named.map((grant) => grant.principal_id))];
        replace(
            rows, ids.map((id) => {
                const own = named.filter((grant) => grant.principal_id === id);
                const writes = own.some((grant) => grant.permission === "write");
                const place = h("span.grow", "…");
                nameOf(own[0], place);
                const right = select(writes ? "write" : "read", [["read", t("may read")], ["write", t("may change")]], {
                    "aria-label": t("Right"),
                    onchange: () => {
                        list = list.filter((grant) => grant.principal_id !== id);
                        list.push({ ...own[0], permission: "read" });
                        if (right.value === "write") list.push({ ...own[0], permission: "write" });
                    },
                });
                right.classList.add("narrow");
                return h(
                    "li.card-row", icon(own[0].principal_type === "group" ? "users" : "user"), place, right,
                    h("button.icon-button.small", {
                        type: "button", "aria-label": t("Take away the right"),
                        onclick: () => {
                            list = list.filter((grant) => grant.principal_id !== id);
                            show();
                        },
                    }, icon("close")));
            }));
    }

    show();
    const element = h("fieldset.form", h("legend", t("Access")), field(t("Who can see it"), visibility), rows, search, found);
    element.grants = () => list;
    return element;
}
