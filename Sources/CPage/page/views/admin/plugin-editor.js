/** The code of a function or tool: written here, out of a file, or from an address. */
import { get, post } from "../../api.js";
import { h } from "../../dom.js";
import { icon } from "../../icons.js";
import { t } from "../../i18n.js";
import { accessEditor } from "../../parts/access.js";
import { asked, openDialog } from "../../parts/dialog.js";
import { field, form, textInput } from "../../parts/field.js";
import { attempt, toast } from "../../parts/toast.js";
import { isAdmin } from "../../session.js";

const largestFile = 1 << 20;
const idFrom = (name) => name.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^(\d)/, "_$1").replace(/^_+$|_$/g, "");

/** A field of the comment that published code begins with. */
const frontMatter = (code, name) => new RegExp(`^${name}:[ \\t]*(.+)$`, "m").exec(/^\s*(?:"""|''')([\s\S]*?)(?:"""|''')/.exec(code)?.[1] ?? "")?.[1].trim() ?? "";

/**
 * @param {object} kind `path`, `start`, `make`; `hasAccess` where others may be let in.
 * @param {object | null} item `null` for a new one.
 * @returns what was saved; `undefined` when it was left.
 */
export async function editPlugin(kind, item) {
    const full = item ? await get(`${kind.path}/id/${item.id}`) : null;
    return openDialog(full ? t("Edit {name}", { name: full.name }) : kind.make(), (close) => {
        const name = textInput(full?.name, { required: true, maxlength: 200, autofocus: true });
        const id = textInput(full?.id, { required: true, maxlength: 100, pattern: "[a-z_][a-z0-9_]*", disabled: Boolean(full) });
        const description = textInput(full?.meta?.description, { maxlength: 1000 });
        const code = h("textarea.input.code", { value: full?.content ?? kind.start, rows: 18, required: true, spellcheck: "false", wrap: "off", onkeydown: indent });
        const access = kind.hasAccess ? accessEditor(full?.access_grants) : null;
        const problem = h("pre.form-problem", { role: "alert", tabindex: 0, hidden: true });
        const submit = h("button.button.primary", { type: "submit" }, full ? t("Save") : t("Create"));

        /** Fills in what is still empty with what the code says of itself. */
        function describe(fallback = "") {
            name.value ||= frontMatter(code.value, "title") || fallback;
            if (!full && name.value) id.value ||= idFrom(name.value);
            description.value ||= frontMatter(code.value, "description");
        }

        function take(text, title) {
            code.value = text;
            problem.hidden = true;
            describe(title);
            code.focus();
        }

        const picker = h("input", {
            type: "file", accept: ".py,text/x-python,text/plain", hidden: true, tabindex: -1, "aria-hidden": "true",
            onchange: () => attempt(async () => {
                const file = picker.files[0];
                picker.value = "";
                if (!file) return;
                if (file.size > largestFile) throw new Error(t("{name} is too large.", { name: file.name }));
                take(await file.text(), file.name.replace(/\.py$/i, ""));
            }),
        });
        if (!full) name.addEventListener("input", () => (id.value = idFrom(name.value)));
        code.addEventListener("paste", () => setTimeout(describe));

        async function save() {
            problem.hidden = true;
            submit.disabled = true;
            submit.setAttribute("aria-busy", "true");
            try {
                const body = {
                    id: id.value.trim(), name: name.value.trim(), content: code.value, meta: { ...(full?.meta ?? {}), description: description.value.trim() },
                    ...(access ? { access_grants: access.grants() } : {}),
                };
                const saved = await post(full ? `${kind.path}/id/${full.id}/update` : `${kind.path}/create`, body);
                toast(saved.meta?.install?.state === "installing" ? t("Saved. Its packages are being installed.") : t("Saved."));
                close(saved);
            } catch (error) {
                problem.textContent = error.message;
                problem.hidden = false;
            } finally {
                submit.disabled = false;
                submit.removeAttribute("aria-busy");
            }
        }

        return [
            form(
                save, h("div.notice.warn", icon("alert"), h("p", t("This code runs on the server. Put in only what you trust."))), h("div.fields", field(t("Name"), name), field(t("Id"), id)),
                field(t("Description"), description),
                h(
                    "div.row", h("button.button.small", { type: "button", onclick: () => picker.click() }, icon("file"), t("Load from a file")), picker,
                    isAdmin() ? h("button.button.small", {
                        type: "button",
                        onclick: async (event) => {
                            const button = event.currentTarget;
                            const url = await asked(t("Load from an address"), t("Address"), "", t("Load"));
                            if (url) attempt(async () => {
                                const found = await post(`${kind.path}/load/url`, { url });
                                take(found.content, found.name);
                            }, button);
                        },
                    }, icon("link"), t("Load from an address")) : null),
                field(t("Code"), code, t("The tab key indents; press Escape first to leave with it.")), access,
                h("div.dialog-actions", problem, h("button.button", { type: "button", onclick: () => close() }, t("Cancel")), submit)),
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
