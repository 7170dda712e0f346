import { del, get, post, query } from "../../api.js";
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { ago, number, t } from "../../i18n.js";
import { confirmed, openDialog } from "../../parts/dialog.js";
import { field, form, select, table, textInput } from "../../parts/field.js";
import { pageTurner, searchBox } from "../../parts/listing.js";
import { moreButton } from "../../parts/menu.js";
import { attempt, toast } from "../../parts/toast.js";
import { session } from "../../session.js";
import { avatar } from "../look.js";

const roles = () => [["pending", t("Pending")], ["user", t("User")], ["admin", t("Administrator")]];

/** Accounts: who may come in, and as what. */
export async function usersSection() {
    let page = 1;
    const place = h("div");
    const pages = h("div.row.end");
    const search = searchBox(t("Search people"), () => {
        page = 1;
        attempt(load);
    });

    async function load() {
        const { users, total } = await get("/api/v1/users/" + query({ page, query: search.value.trim(), order_by: "created_at", direction: "asc" }));
        replace(place, table(t("People"), [t("Person"), t("Role"), t("Last active"), t("Since"), ""], users.map(row)));
        replace(pages, pageTurner({
            count: t("{count} people", { count: number(total) }), page, last: Math.max(1, Math.ceil(total / 30)),
            onTurn: (to) => {
                page = to;
                attempt(load);
            },
        }));
    }

    function row(person) {
        const role = select(person.role, roles(), {
            "aria-label": t("Role of {name}", { name: person.name }), disabled: person.id === session.user.id,
            onchange: () => attempt(async () => {
                try {
                    await post(`/api/v1/users/${person.id}/update`, { role: role.value });
                    toast(t("Saved."));
                } catch (error) {
                    role.value = person.role;
                    throw error;
                }
                person.role = role.value;
            }),
        });
        return h(
            "tr", h("td", h("div.person", avatar(person), h("div", h("strong", person.name), h("small", person.email)))), h("td", role), h("td", ago(person.last_active_at)), h("td", ago(person.created_at)),
            h("td.number", moreButton(t("Actions for {title}", { title: person.name }), () => [
                {
                    label: t("Edit"), icon: "edit",
                    run: async () => {
                        if (await editUser(person)) attempt(load);
                    },
                },
                {
                    label: t("End all sessions"), icon: "out",
                    run: () => attempt(async () => {
                        await del(`/api/v1/auths/admin/sessions/${person.id}`);
                        toast(t("All sessions of {name} are ended.", { name: person.name }));
                    }),
                },
                person.id === session.user.id ? null : {
                    label: t("Delete"), icon: "trash", danger: true,
                    run: async () => {
                        if (!(await confirmed(t("Delete the account?"), t("{name}, with all chats and files, will be gone for good.", { name: person.name })))) return;
                        attempt(async () => {
                            await del(`/api/v1/users/${person.id}`);
                            await load();
                        });
                    },
                },
            ])));
    }

    await load();
    return [
        h(
            "div.row", h("div.grow", search),
            h("button.button.primary", {
                type: "button",
                onclick: async () => {
                    if (await editUser(null)) attempt(load);
                },
            }, icon("plus"), t("New account"))),
        place, pages,
    ];
}

function editUser(person) {
    return openDialog(person ? t("Edit the account") : t("New account"), (close) => {
        const name = textInput(person?.name, { required: true, maxlength: 100, autofocus: true });
        const email = textInput(person?.email, { type: "email", required: true });
        const password = textInput("", { type: "password", autocomplete: "new-password", required: !person, minlength: 8 });
        const role = select(person?.role ?? "user", roles(), { disabled: person?.id === session.user.id });
        const submit = h("button.button.primary", { type: "submit" }, person ? t("Save") : t("Create"));
        return [
            form(
                () => attempt(async () => {
                    const fields = { name: name.value.trim(), email: email.value.trim() };
                    if (!person) await post("/api/v1/auths/add", { ...fields, password: password.value, role: role.value });
                    else {
                        if (password.value) fields.password = password.value;
                        if (role.value !== person.role) fields.role = role.value;
                        await post(`/api/v1/users/${person.id}/update`, fields);
                    }
                    close(true);
                }, submit),
                field(t("Name"), name), field(t("E-mail"), email), field(t("Role"), role),
                field(t("Password"), password, person ? t("Empty leaves it as it is. A new one ends all sessions of the account.") : t("At least 8 characters.")),
                h("div.dialog-actions", h("button.button", { type: "button", onclick: () => close() }, t("Cancel")), submit)),
        ];
    });
}
