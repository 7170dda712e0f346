/** Sign-in, roles, keys. */
import { get, post } from "../../api.js";
import { h } from "../../dom.js";
import { t } from "../../i18n.js";
import { field, form, select, textInput, toggle } from "../../parts/field.js";
import { attempt, toast } from "../../parts/toast.js";
import { panel } from "../sections.js";

export async function generalSection() {
    const [config, groups] = await Promise.all([get("/api/v1/auths/admin/config"), get("/api/v1/groups/")]);
    const inputs = {};
    const flag = (key, label, hint) => {
        const row = toggle(label, config[key], null, hint);
        inputs[key] = row.input;
        return row;
    };
    const text = (key, label, hint, attributes) => field(label, (inputs[key] = textInput(config[key], attributes)), hint);
    inputs.DEFAULT_USER_ROLE = select(config.DEFAULT_USER_ROLE, [["pending", t("Pending")], ["user", t("User")], ["admin", t("Administrator")]]);
    inputs.DEFAULT_GROUP_ID = select(config.DEFAULT_GROUP_ID, [["", t("No group")], ...groups.map((group) => [group.id, group.name])]);
    const save = h("button.button.primary", { type: "submit" }, t("Save"));
    return [
        form(
            () => attempt(async () => {
                const changes = Object.fromEntries(Object.entries(inputs).map(([key, input]) => [key, input.type === "checkbox" ? input.checked : input.value]));
                await post("/api/v1/auths/admin/config", { ...config, ...changes });
                toast(t("Saved."));
            }, save),
            panel(
                t("Sign-in"), null, flag("ENABLE_SIGNUP", t("Anybody may create an account")), flag("ENABLE_LOGIN_FORM", t("Sign-in with a password")),
                h("div.fields", field(t("Role of new accounts"), inputs.DEFAULT_USER_ROLE), field(t("Group of new accounts"), inputs.DEFAULT_GROUP_ID)),
                text("JWT_EXPIRES_IN", t("A session lasts"), t("Such as 12h, 7d, 4w; -1 for ever."), { pattern: "-1|0|(\\d+(\\.\\d+)?(ms|s|m|h|d|w))+" })),
            panel(
                t("API keys"), null, flag("ENABLE_API_KEYS", t("People may make API keys"), t("Those who have the right to; administrators always have it.")),
                flag("ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS", t("Only for some addresses")), text("API_KEYS_ALLOWED_ENDPOINTS", t("Addresses that keys may call"), t("Beginnings of paths, separated by commas."))),
            panel(t("Contact"), null, flag("SHOW_ADMIN_DETAILS", t("Show people whom to ask")), h("div.fields", text("ADMIN_EMAIL", t("E-mail of the administrator")), text("WEBUI_URL", t("Address of this server"), null, { type: "url" }))), h("div.row", save)),
    ];
}
