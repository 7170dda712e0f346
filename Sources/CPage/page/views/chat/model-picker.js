/** Choosing the model that answers. */
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { t } from "../../i18n.js";
import { openDialog } from "../../parts/dialog.js";

const remembered = () => {
    try {
        return localStorage.getItem("model");
    } catch {
        return null;
    }
};

function remember(id) {
    try {
        localStorage.setItem("model", id);
    } catch {
        // Not kept beyond this visit.
    }
}

/**
 * @param {object[]} models entries of `/api/models`.
 * @param {string[]} wanted ids to begin with, best first; then the last one used, then the first of the list.
 */
export function modelPicker(models, wanted, onChange) {
    const shown = models.filter((model) => !model.info?.meta?.hidden);
    const named = (id) => models.find((model) => model.id === id);
    let chosen = [...wanted, remembered()].find((id) => id && named(id)) ?? shown[0]?.id ?? null;
    const label = h("span.ellipsis");
    const element = h("button.model-button", { type: "button", "aria-haspopup": "dialog", onclick: open }, label, icon("down"));

    function show() {
        label.textContent = chosen ? (named(chosen)?.name ?? chosen) : t("No model");
        element.setAttribute("aria-label", t("Model: {name}", { name: label.textContent }));
        element.disabled = !models.length;
    }

    async function open() {
        const id = await openDialog(t("Choose a model"), (close) => {
            const list = h("ul.model-list", { role: "listbox", "aria-label": t("Models") });
            const input = h("input.input", {
                type: "search", placeholder: t("Search models"), "aria-label": t("Search models"), autocomplete: "off", autofocus: true, oninput: () => fill(),
                onkeydown: (event) => {
                    const options = [...list.querySelectorAll("button")];
                    if (event.key === "ArrowDown") {
                        event.preventDefault();
                        options[0]?.focus();
                    } else if (event.key === "Enter") {
                        event.preventDefault();
                        options[0]?.click();
                    }
                },
            });
            list.addEventListener("keydown", (event) => {
                const options = [...list.querySelectorAll("button")];
                const index = options.indexOf(document.activeElement);
                if (event.key === "ArrowDown") options[index + 1]?.focus();
                else if (event.key === "ArrowUp") (options[index - 1] ?? input).focus();
                else return;
                event.preventDefault();
            });
            const fill = () => {
                const text = input.value.trim().toLowerCase();
                const found = shown.filter((model) => !text || `${model.name} ${model.id} ${(model.tags ?? []).map((tag) => tag.name).join(" ")}`.toLowerCase().includes(text));
                replace(
                    list, found.slice(0, 200).map((model) =>
                        h(
                            "li", { role: "presentation" },
                            h(
                                "button.model-item", { type: "button", role: "option", "aria-selected": String(model.id === chosen), onclick: () => close(model.id) },
                                h("span.model-text", h("strong", model.name), h("span.muted", model.info?.meta?.description || (model.name === model.id ? kindOf(model) : model.id))),
                                (model.tags ?? []).slice(0, 3).map((tag) => h("span.tag", tag.name)), model.id === chosen ? icon("check") : null))),
                    found.length ? null : h("li.muted.pad", { role: "presentation" }, t("No model matches.")));
            };
            fill();
            return [input, list];
        });
        if (!id) return;
        chosen = id;
        remember(id);
        show();
        onChange?.(id);
    }

    show();
    return { element, model: () => chosen, entry: named, name: (id) => named(id)?.name ?? id ?? t("Model"), used: () => chosen && remember(chosen) };
}

function kindOf(model) {
    if (model.preset) return t("Workspace model");
    return { ollama: "Ollama", openai: t("OpenAI-compatible"), arena: "Arena", haneul: t("Built in") }[model.owned_by] ?? model.owned_by ?? "";
}
