import { h } from "../../dom.js";
import { language, languages, setLanguage, t } from "../../i18n.js";
import { area, field, form, select } from "../../parts/field.js";
import { attempt, toast } from "../../parts/toast.js";
import { restart } from "../../app.js";
import { keepSetting, session } from "../../session.js";
import { chosenTheme, setTheme } from "../look.js";
import { panel } from "../sections.js";

export async function interfaceSection() {
    const tongue = select(language(), Object.entries(languages), {
        onchange: async () => {
            await setLanguage(tongue.value);
            restart();
        },
    });
    const theme = select(chosenTheme(), [["system", t("As the system")], ["light", t("Light")], ["dark", t("Dark")]], { onchange: () => setTheme(theme.value) });
    const system = area(session.settings.system ?? "", { rows: 5, maxlength: 20_000 });
    const submit = h("button.button.primary", { type: "submit" }, t("Save"));
    return [
        panel(t("Look"), t("Kept in this browser."), h("div.fields", field(t("Language"), tongue), field(t("Theme"), theme))),
        panel(
            t("Instructions"), null,
            form(
                () => attempt(async () => {
                    await keepSetting("system", system.value.trim());
                    toast(t("Saved."));
                }, submit),
                field(t("What every model should know or heed"), system, t("Put before all of your chats.")), h("div.row", submit))),
    ];
}
