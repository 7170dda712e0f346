/** What a question may use beside the model: tools that it may call, and filters that people turn on themselves. */
import { getOr } from "../../api.js";
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { t } from "../../i18n.js";
import { openDialog } from "../../parts/dialog.js";
import { toggle } from "../../parts/field.js";
import { attempt } from "../../parts/toast.js";
import { editOwnValves } from "../admin/valves.js";

const key = "tools";

/** `{tools, filters}`: ids that were turned on last, for the next chats too. */
function remembered() {
    try {
        const kept = JSON.parse(localStorage.getItem(key));
        return { tools: new Set(kept.tools), filters: new Set(kept.filters) };
    } catch {
        return { tools: new Set(), filters: new Set() };
    }
}

function remember({ tools, filters }) {
    try {
        localStorage.setItem(key, JSON.stringify({ tools: [...tools], filters: [...filters] }));
    } catch {
        // Not kept beyond this visit.
    }
}

export const loadTools = () => getOr("/api/v1/tools/", []).then((tools) => (Array.isArray(tools) ? tools : []), () => []);

/**
 * @param {object[]} tools those that the person may use.
 * @param {() => object | undefined} model the chosen entry of `/api/models`.
 */
export function toolChooser(tools, model) {
    const chosen = remembered();
    const count = h("span.count");
    const element = h("button.icon-button.tool-button", { type: "button", "aria-haspopup": "dialog", onclick: open }, icon("tool"), count);
    const filters = () => model()?.filters ?? [];
    const fixed = () => new Set(model()?.info?.meta?.toolIds ?? []);
    const active = () => ({
        tools: tools.filter((tool) => chosen.tools.has(tool.id) && !fixed().has(tool.id)), filters: filters().filter((filter) => chosen.filters.has(filter.id)),
    });

    function update() {
        element.hidden = !tools.length && !filters().length;
        const names = [...active().tools, ...active().filters, ...tools.filter((tool) => fixed().has(tool.id))].map((item) => item.name);
        count.textContent = names.length || "";
        count.hidden = !names.length;
        const label = names.length ? t("Tools in use: {names}", { names: names.join(", ") }) : t("Choose tools");
        element.setAttribute("aria-label", label);
        element.title = label;
    }

    function row(item, kind, isFixed) {
        const line = toggle(
            item.name, isFixed || chosen[kind].has(item.id),
            (isOn) => {
                chosen[kind][isOn ? "add" : "delete"](item.id);
                remember(chosen);
                update();
            },
            isFixed ? t("Always in use with this model.") : item.description || item.meta?.description || null);
        line.input.disabled = isFixed;
        const path = kind === "tools" ? "/api/v1/tools" : "/api/v1/functions";
        const own = (item.has_user_valves ?? item.meta?.has_user_valves)
            ? h("button.icon-button.small", {
                type: "button", "aria-label": t("Your settings of {name}", { name: item.name }), title: t("Your settings"), onclick: () => attempt(() => editOwnValves(path, item)),
            }, icon("gear")) : null;
        line.insertBefore(own ?? h("span"), line.input);
        return h("li", line);
    }

    async function open() {
        await openDialog(t("Tools and filters"), () => [
            tools.length ? h("section.tool-group", h("h3", t("Tools")), h("p.hint", t("The model decides when to call them.")), h("ul", tools.map((tool) => row(tool, "tools", fixed().has(tool.id))))) : null,
            filters().length ? h("section.tool-group", h("h3", t("Filters")), h("p.hint", t("They look at what you ask and at what is answered.")), h("ul", filters().map((filter) => row(filter, "filters", false)))) : null,
        ]);
        element.focus();
    }

    update();
    return {
        element, update,
        /** What goes with a request. */
        wire() {
            const { tools: used, filters: on } = active();
            return { ...(used.length ? { tool_ids: used.map((tool) => tool.id) } : {}), ...(on.length ? { filter_ids: on.map((filter) => filter.id) } : {}) };
        },
    };
}

/** Buttons of functions under an answer. */
export const actionButtons = (actions, run) =>
    actions.map((action) => {
        const picture = /^data:image\//.test(action.icon ?? "") ? h("img.action-icon", { src: action.icon, alt: "", onerror: (event) => event.currentTarget.replaceWith(icon("sparkle")) }) : icon("sparkle");
        return h("button.button.small.action", { type: "button", title: action.description || action.name, onclick: (event) => run(action, event.currentTarget) }, picture, h("span", action.name));
    });

/** The steps that code tells while it works: the last one in sight, the others behind it. */
export function showSteps(place, steps, isOver) {
    const shown = (steps ?? []).filter((step) => step && typeof step === "object" && !step.hidden && (step.description || step.action));
    place.hidden = !shown.length;
    const line = (step, isLast) => {
        const isRunning = isLast && !isOver && step.done === false;
        return h("span.step", { class: step.error ? "failed" : null }, isRunning ? h("span.spinner") : icon(step.error ? "alert" : "check"), h("span", words(step)));
    };
    if (!shown.length) return replace(place);
    const last = line(shown.at(-1), true);
    replace(place, shown.length === 1 ? last : h("details", h("summary", last, icon("right")), h("ul", shown.slice(0, -1).map((step) => h("li", line(step, false))))));
}

const words = (step) =>
    String(step.description || step.action)
        .replaceAll("{{searchQuery}}", String(step.query ?? ""))
        .replaceAll("{{count}}", String(step.urls?.length ?? step.items?.length ?? step.count ?? ""));
