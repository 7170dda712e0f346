import { h } from "../dom.js";
import { icon } from "../icons.js";
import { bytes, t } from "../i18n.js";
import { processed, upload, post } from "../api.js";

const words = () => ({
    uploading: t("Uploading"), pending: t("Waiting"), processing: t("Reading"), completed: t("Ready"), failed: t("Failed"),
});

/**
 * One file on its way to the server: a line with its name, a bar, and what went wrong.
 * `done` becomes the file on the server, or `null` when it failed or was taken away.
 */
export function fileProgress(file, { metadata, onRemove, onDone = () => {}, compact = false } = {}) {
    const stop = new AbortController();
    const bar = h("progress", { max: 1, value: 0, "aria-label": t("Progress of {name}", { name: file.name }) });
    const state = h("span.file-state");
    const retry = h("button.button.small", { type: "button", onclick: () => again() }, icon("retry"), t("Retry"));
    const problem = h("p.file-problem", { role: "alert" });
    const remove = h(
        "button.icon-button.small", {
            type: "button", "aria-label": t("Remove {name}", { name: file.name }),
            onclick: () => {
                stop.abort();
                element.remove();
                onRemove?.(item);
            },
        },
        icon("close"));
    const element = h(
        "div.file-line", { class: compact ? "compact" : null }, icon("file"),
        h("div.file-main", h("div.file-title", h("span.file-name", { title: file.name }, file.name), h("span.file-size", bytes(file.size))), bar, problem),
        state, retry, remove);
    const item = { element, file: null, status: "uploading", name: file.name, stop };

    function set(status, error = "") {
        item.status = status;
        element.dataset.status = status;
        state.textContent = words()[status] ?? status;
        problem.textContent = error;
        problem.hidden = !error;
        retry.hidden = status !== "failed";
        bar.hidden = status === "completed" || status === "failed";
        if (status === "pending" || status === "processing") bar.removeAttribute("value");
    }

    async function read() {
        set("pending");
        const last = await processed(item.file.id, {
            signal: stop.signal,
            onStatus: (answer) => {
                if (answer.status !== "completed" && answer.status !== "failed") set(answer.status);
                if (typeof answer.progress === "number") bar.value = answer.progress / 100;
                if (answer.waiting_for) problem.textContent = answer.waiting_for;
                problem.hidden = !answer.waiting_for;
            },
        });
        set(last.status === "completed" ? "completed" : "failed", last.status === "completed" ? "" : (last.error ?? t("The file could not be read.")));
        onDone(item);
    }

    async function start() {
        try {
            set("uploading");
            bar.value = 0;
            item.file = await upload(file, { metadata, signal: stop.signal, onProgress: (fraction) => (bar.value = fraction) });
            await read();
        } catch (error) {
            if (error.name === "AbortError") return;
            set("failed", error.message);
            onDone(item);
        }
    }

    /** What was uploaded is only read again. */
    async function again() {
        if (!item.file) return start();
        try {
            set("pending");
            await post("/api/v1/retrieval/process/file", { file_id: item.file.id });
            await read();
            if (item.status === "completed" && metadata?.knowledge_id) {
                await post(`/api/v1/knowledge/${metadata.knowledge_id}/file/add`, { file_id: item.file.id });
                onDone(item);
            }
        } catch (error) {
            set("failed", error.message);
        }
    }

    item.start = start;
    set("uploading");
    return item;
}

/** Runs the uploads of a list, a few at a time. */
export async function startAll(items, atOnce = 3) {
    const waiting = [...items];
    const next = async () => {
        for (let item = waiting.shift(); item; item = waiting.shift()) if (!item.stop.signal.aborted) await item.start();
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, waiting.length) }, next));
}
