import { get, query } from "../../api.js";
import { debounced, h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { dateTime, number, t } from "../../i18n.js";
import { field, select, table, textInput } from "../../parts/field.js";
import { pageTurner } from "../../parts/listing.js";
import { attempt } from "../../parts/toast.js";

/** Who did what. */
export async function auditSection() {
    let page = 1;
    const place = h("div");
    const pages = h("div.row.end");
    const again = () => {
        page = 1;
        return attempt(load);
    };
    const action = textInput("", { type: "search", placeholder: "user.signup", oninput: debounced(again) });
    const object = textInput("", { type: "search", oninput: debounced(again) });
    const since = select("", [["", t("Always")], ["1", t("Last 24 hours")], ["7", t("Last 7 days")], ["30", t("Last 30 days")]], { onchange: again });
    const filters = () => ({ action: action.value.trim(), object_id: object.value.trim(), since: since.value ? Math.floor(Date.now() / 1000 - Number(since.value) * 86400) : null });
    const file = h("a.button.small", { download: "audit.ndjson" }, icon("download"), t("Export as NDJSON"));

    async function load() {
        file.href = "/api/v1/audit/export" + query(filters());
        const { items, total } = await get("/api/v1/audit" + query({ page, ...filters() }));
        replace(
            place,
            items.length ? table(
                t("Audit"), [t("When"), t("Who"), t("What"), t("Object"), t("From")],
                items.map((item) => {
                    const detail = Object.keys(item.detail ?? {}).length ? JSON.stringify(item.detail) : null;
                    return h("tr", h("td.nowrap", dateTime(item.at)), h("td", item.actor || "—", item.credential ? [" ", h("span.tag", item.credential)] : null), h("td.nowrap", h("code", item.action)), h("td", item.object || item.object_id, detail ? h("small.detail", detail) : null), h("td.nowrap", item.address));
                })) : h("p.muted", t("Nothing matches.")));
        replace(pages, pageTurner({
            count: t("{count} entries", { count: number(total) }), page, last: Math.max(1, Math.ceil(total / 100)),
            onTurn: (to) => {
                page = to;
                attempt(load);
            },
        }));
    }

    await load();
    return [h("div.fields", field(t("Action"), action), field(t("Id of the object"), object), field(t("Time"), since)), h("div.row.end", file), place, pages];
}
