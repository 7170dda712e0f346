/** Calls, tokens and cost as charts and tables: one's own, and everybody's for administrators. */
import { getOr, query } from "../../api.js";
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { number, t } from "../../i18n.js";
import { barChart } from "../../parts/chart.js";
import { empty, field, select, table } from "../../parts/field.js";
import { attempt } from "../../parts/toast.js";
import { isAdmin, session } from "../../session.js";
import { panel } from "../sections.js";

export const usageSection = () => usage(isAdmin());
export const ownUsageSection = () => usage(false);

const dayText = (time) => new Date(time).toISOString().slice(0, 10);

async function usage(isForAll) {
    const place = h("div.section");
    const span = select("30", [["7", t("Last 7 days")], ["30", t("Last 30 days")], ["90", t("Last 90 days")], ["365", t("Last year")]], { onchange: () => attempt(load) });
    const measure = select("total_tokens", [["total_tokens", t("Tokens")], ["calls", t("Calls")], ["cost", t("Cost")]], { onchange: () => attempt(load) });

    async function load() {
        const from = dayText(Date.now() - (Number(span.value) - 1) * 86400_000);
        const own = isForAll ? {} : { user_id: session.user.id };
        const ask = (group) => getOr("/api/v1/usage" + query({ from, group_by: group, ...own }), null);
        const [days, models, people] = await Promise.all([ask("day"), ask("model"), isForAll ? ask("user") : null]);
        if (!days) return replace(place, empty(icon("chart"), t("Usage is not counted here"), t("This server does not keep figures of its use.")));
        const { totals, currency = "" } = days;
        const money = (value) => (value ? `${number(value, { maximumFractionDigits: 4 })} ${currency}` : "—");
        const known = new Map(days.items.map((item) => [item.day, item[measure.value] ?? 0]));
        const series = Array.from({ length: Number(span.value) }, (_, index) => {
            const key = dayText(Date.parse(from) + index * 86400_000);
            return { label: key.slice(5).replace("-", "/"), value: known.get(key) ?? 0 };
        });
        const rows = (items, name) =>
            items.sort((a, b) => (b[measure.value] ?? 0) - (a[measure.value] ?? 0)).map((item) =>
                h(
                    "tr", h("td", name(item)), h("td.number", number(item.calls)), h("td.number", number(item.errors ?? 0)), h("td.number", number(item.input_tokens)),
                    h("td.number", number(item.output_tokens)), h("td.number", money(item.cost))));
        const heads = (first) => [first, ...[t("Calls"), t("Errors"), t("Tokens in"), t("Tokens out"), t("Cost")].map((name) => ({ number: name }))];
        const left = Object.entries(days.limits?.account?.remaining ?? {});
        replace(
            place,
            h(
                "div.figures", figure(t("Calls"), number(totals.calls)), figure(t("Tokens"), number(totals.total_tokens, { notation: "compact" })), figure(t("Cost"), money(totals.cost)),
                figure(t("Errors"), number(totals.errors ?? 0)), left.map(([key, value]) => figure(key === "cost_per_day" ? t("left today") : t("left this month"), money(value)))),
            h("section.panel", barChart(series, t("By day"))),
            models.items.length ? panel(t("By model"), null, table(t("By model"), heads(t("Model")), rows(models.items, (item) => item.model || "—"))) : null,
            people?.items.length ? panel(t("By person"), null, table(t("By person"), heads(t("Person")), rows(people.items, (item) => item.user_name ?? item.user_email ?? t("deleted account")))) : null);
    }

    await load();
    return [h("div.fields", field(t("Time"), span), field(t("Show"), measure)), place];
}

const figure = (name, value) => h("div.figure", h("strong", value), h("span", name));
