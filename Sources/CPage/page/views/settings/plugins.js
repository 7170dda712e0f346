/** What a person sets of functions and tools for themselves. */
import { getOr } from "../../api.js";
import { h } from "../../dom.js";
import { icon } from "../../icons.js";
import { t } from "../../i18n.js";
import { empty } from "../../parts/field.js";
import { attempt } from "../../parts/toast.js";
import { editOwnValves } from "../admin/valves.js";
import { panel } from "../sections.js";

const kinds = [["/api/v1/tools", "tool"], ["/api/v1/functions", "code"]];

export async function pluginsSection() {
    const lists = await Promise.all(kinds.map(([path]) => getOr(`${path}/`, [])));
    const rows = lists.flatMap((items, index) => {
        const [path, picture] = kinds[index];
        return items.filter((item) => item.meta?.has_user_valves && item.is_active !== false).map((item) =>
            h(
                "li.card-row", icon(picture), h("div.text", h("strong", item.name), item.meta.description ? h("p", item.meta.description) : null),
                h("button.button.small", { type: "button", "aria-label": t("Your settings of {name}", { name: item.name }), onclick: () => attempt(() => editOwnValves(path, item)) }, icon("gear"), t("Change"))));
    });
    if (!rows.length) return [empty(icon("tool"), t("Nothing to set"), t("Tools and functions that have settings for each person appear here."))];
    return [panel(t("Tools and functions"), t("Settings that count for you alone."), h("ul.card-list", rows))];
}
