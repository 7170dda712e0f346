import { get, post } from "../../api.js";
import { h } from "../../dom.js";
import { t } from "../../i18n.js";
import { accessEditor } from "../../parts/access.js";
import { openDialog } from "../../parts/dialog.js";
import { area, field, form, listOf, textInput } from "../../parts/field.js";
import { attempt } from "../../parts/toast.js";
import { may } from "../../session.js";

/** Letters and digits of any language out of a name, with hyphens between them. */
const commandFrom = (name) => name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");

const bare = (command) => command.trim().replace(/^\/+/, "");

/** As it is typed. */
export const commandOf = (prompt) => "/" + bare(prompt.command);

/** Makes or changes a prompt; gives it, or `undefined` when it was left. */
export async function editPrompt(listed) {
    const prompt = listed ? await get(`/api/v1/prompts/id/${listed.id}`) : null;
    return openDialog(prompt ? t("Edit the prompt") : t("New prompt"), (close) => {
        const name = textInput(prompt?.name, { required: true, maxlength: 256, autofocus: true });
        const command = textInput(prompt ? bare(prompt.command) : "", { required: true, maxlength: 128, pattern: "\\S+" });
        let isOwn = Boolean(prompt);
        command.addEventListener("input", () => (isOwn = true));
        name.addEventListener("input", () => isOwn || (command.value = commandFrom(name.value)));
        const content = area(prompt?.content, { rows: 10, required: true, maxlength: 65_536 });
        const tags = textInput((prompt?.tags ?? []).join(", "));
        const before = prompt?.access_grants ?? [];
        const access = may("sharing", "prompts") ? accessEditor(before) : null;
        const submit = h("button.button.primary", { type: "submit" }, prompt ? t("Save") : t("Create"));

        async function save() {
            const row = { name: name.value.trim(), command: bare(command.value), content: content.value, tags: listOf(tags.value) };
            const grants = access?.grants() ?? [];
            if (!prompt) return post("/api/v1/prompts/create", { ...row, access_grants: grants });
            // Who may change it need not be allowed to share it.
            if (access && key(grants) !== key(before)) await post(`/api/v1/prompts/id/${prompt.id}/access/update`, { access_grants: grants });
            return post(`/api/v1/prompts/id/${prompt.id}/update`, row);
        }

        return [
            form(
                () => attempt(async () => close(await save()), submit),
                h("div.fields", field(t("Name"), name), field(t("Command"), command, t("One word, typed after a slash."))),
                field(t("Text"), content, t("{{CURRENT_DATE}} and {{CLIPBOARD}} are filled in; {{topic}} or {{topic | textarea}} is asked for when the prompt is used.")),
                field(t("Tags"), tags, t("Separated by commas.")), access,
                h("div.dialog-actions", h("button.button", { type: "button", onclick: () => close() }, t("Cancel")), submit)),
        ];
    }, { wide: true });
}

const key = (grants) => grants.map(({ principal_type: type, principal_id: id, permission }) => `${type} ${id} ${permission}`).sort().join("\n");
