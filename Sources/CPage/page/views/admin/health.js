import { get, getOr } from "../../api.js";
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { ago, nameWords, number, t } from "../../i18n.js";
import { table } from "../../parts/field.js";
import { attempt } from "../../parts/toast.js";
import { panel } from "../sections.js";

/** How the server and everything it needs is doing. */
export async function healthSection() {
    const place = h("div.section");
    const refresh = h("button.button.small", { type: "button", onclick: () => attempt(load, refresh) }, icon("retry"), t("Look again"));

    async function load() {
        const [database, version, people, details, host] = await Promise.all([
            get("/health/db").then(() => true, () => false), get("/api/version"), get("/api/v1/users/?page=1"), getOr("/api/v1/health/details", null), get("/api/v1/functions/host").catch(() => null),
        ]);
        replace(
            place,
            h(
                "div.figures", state(t("Server"), true), state(t("Database"), database), figure(t("API version"), version.version), figure(t("People"), number(people.total)),
                details ? [figure(t("Version"), String(details.version ?? "—")), figure(t("Running since"), ago(details.started_at), "long")] : null),
            details?.upstreams?.length ? panel(t("Connections"), null, table(
                t("Connections"), [t("Address"), t("State"), ...[t("Under way"), t("Calls"), t("Errors"), t("Average")].map((name) => ({ number: name }))],
                details.upstreams.map((item) =>
                    h(
                        "tr", h("td", item.url), h("td", !item.enabled ? h("span.tag", t("Off")) : item.circuit === "closed" ? h("span.tag.good", t("Good")) : h("span.tag.bad", t("Fails"))),
                        h("td.number", number(item.in_flight ?? 0)), h("td.number", number(item.calls ?? 0)), h("td.number", number(item.errors ?? 0)),
                        h("td.number", item.average_ms ? `${number(item.average_ms)} ms` : "—"))))) : null,
            host ? panel(
                t("Functions"), null,
                h(
                    "dl.facts", fact("Python", host.python ? h("code", host.python) : h("span.tag.warn", t("None: functions do not run"))),
                    fact(t("Protected by"), host.active?.length ? host.active.map((name) => [h("span.tag.good", name), " "]) : "—"),
                    host.missing?.length ? fact(t("Not available here"), host.missing.map((name) => [h("span.tag.warn", name), " "])) : null)) : null,
            details ? [figuresPanel(t("Reading of documents"), details.ingestion), figuresPanel(t("Figures"), details.gauges), figuresPanel(t("Counters"), details.counters), rest(details)] : null);
    }

    await load();
    return [h("div.row.end", refresh), place];
}

const figure = (name, value, kind) => h("div.figure", h("strong", { class: kind }, value), h("span", name));
const state = (name, isGood) => h("div.figure", h("strong", isGood ? h("span.tag.good", t("Good")) : h("span.tag.bad", t("Fails"))), h("span", name));

function figuresPanel(title, values) {
    const entries = Object.entries(values ?? {});
    if (!entries.length) return null;
    return panel(title, null, h("div.figures", entries.map(([name, value]) => figure(nameWords(name), typeof value === "number" ? number(value) : String(value)))));
}

const fact = (name, value) => [h("dt", name), h("dd", value)];

/** What else the server tells. */
function rest(details) {
    const known = ["status", "version", "started_at", "uptime_seconds", "upstreams", "ingestion", "gauges", "counters"];
    const others = Object.entries(details).filter(([name]) => !known.includes(name));
    if (!others.length) return null;
    return panel(t("More"), null, h("pre.code", { tabindex: 0 }, JSON.stringify(Object.fromEntries(others), null, 2)));
}
