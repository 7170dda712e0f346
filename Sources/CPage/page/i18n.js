/** Languages. English phrases are the keys; other languages are tables in `i18n/`. */

export const languages = { en: "English", ko: "한국어" };

let table = {};
let current = "en";

const remembered = () => {
    try {
        return localStorage.getItem("language");
    } catch {
        return null;
    }
};

/** The language in force: chosen before, else the browser's first that we have, else the server's, else English. */
function preferred(serverDefault) {
    const wanted = [remembered(), ...(navigator.languages ?? [navigator.language]), serverDefault];
    for (const name of wanted) {
        const short = (name ?? "").toLowerCase().split("-")[0];
        if (short in languages) return short;
    }
    return "en";
}

export async function startLanguage(serverDefault) {
    current = preferred(serverDefault);
    table = current === "en" ? {} : (await import(`./i18n/${current}.js`)).default;
    document.documentElement.lang = current;
}

export async function setLanguage(name) {
    try {
        localStorage.setItem("language", name);
    } catch {
        // Not kept beyond this visit.
    }
    current = name;
    table = name === "en" ? {} : (await import(`./i18n/${name}.js`)).default;
    document.documentElement.lang = name;
}

export const language = () => current;

/** A phrase in the language in force, with `{name}` filled in. */
export function t(phrase, values) {
    const text = table[phrase] ?? phrase;
    if (!values) return text;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** A name of the server, such as `public_models`, as words; those that the language knows are put into it. */
export const nameWords = (name) => name.split("_").map((word) => table[word] ?? word).join(" ");

export const number = (value, options) => new Intl.NumberFormat(current, options).format(value);

/** A point in time, from seconds since 1970. */
export const dateTime = (seconds) => new Intl.DateTimeFormat(current, { dateStyle: "medium", timeStyle: "short" }).format(new Date(seconds * 1000));

export const day = (seconds) => new Intl.DateTimeFormat(current, { dateStyle: "medium" }).format(new Date(seconds * 1000));

/** "3 minutes ago". */
export function ago(seconds) {
    if (!seconds) return t("never");
    const format = new Intl.RelativeTimeFormat(current, { numeric: "auto" });
    const passed = seconds - Date.now() / 1000;
    for (const [unit, length] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
        if (Math.abs(passed) >= length) return Math.abs(passed) > 30 * 86400 ? day(seconds) : format.format(Math.round(passed / length), unit);
    }
    return format.format(Math.round(passed), "second");
}

/** Bytes as people read them. */
export function bytes(count) {
    if (count === null || count === undefined) return "";
    const units = ["B", "kB", "MB", "GB", "TB"];
    let [value, unit] = [count, 0];
    while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
    return `${number(value, { maximumFractionDigits: value < 10 && unit ? 1 : 0 })} ${units[unit]}`;
}
