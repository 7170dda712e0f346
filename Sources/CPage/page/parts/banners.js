/** Notices of the administrators, over every view. */
import { getOr } from "../api.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";

const key = "banners";

/** Ids of notices that were put away here. */
function putAway() {
    try {
        return JSON.parse(localStorage.getItem(key)) ?? [];
    } catch {
        return [];
    }
}

function remember(ids) {
    try {
        localStorage.setItem(key, JSON.stringify(ids));
    } catch {
        // They come again with the next visit.
    }
}

const looks = { info: ["", "info"], success: ["success", "check"], warning: ["warn", "alert"], error: ["error", "alert"] };

/** A place that fills with the notices that are not put away. Their words are text, whatever stands in them. */
export function banners() {
    const place = h("div.banners", { role: "region", "aria-label": t("Notices"), hidden: true });
    getOr("/api/v1/configs/banners", []).then((list) => {
        const given = Array.isArray(list) ? list : [];
        // Of notices that are gone nothing needs to be kept.
        const away = putAway().filter((id) => given.some((banner) => banner.id === id));
        remember(away);
        for (const banner of given) if (!banner.dismissible || !away.includes(banner.id)) place.append(line(banner, away, place));
        place.hidden = !place.children.length;
    }, () => {});
    return place;
}

function line(banner, away, place) {
    const [look, picture] = looks[banner.type] ?? looks.info;
    const close = () => {
        element.remove();
        place.hidden = !place.children.length;
        away.push(banner.id);
        remember(away);
    };
    const element = h(
        "div.notice.banner", { class: look || null }, icon(picture), h("p", banner.title ? h("strong", `${banner.title} `) : null, String(banner.content ?? "")),
        banner.dismissible ? h("button.icon-button.small", { type: "button", "aria-label": t("Put the notice away"), onclick: close }, icon("close")) : null);
    return element;
}
