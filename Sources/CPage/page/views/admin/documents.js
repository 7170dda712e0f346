/** How documents are read, cut, embedded and searched. */
import { get, post } from "../../api.js";
import { h, replace } from "../../dom.js";
import { t } from "../../i18n.js";
import { area, field, form, listOf, numberInput, select, textInput, toggle } from "../../parts/field.js";
import { confirmed } from "../../parts/dialog.js";
import { attempt, toast } from "../../parts/toast.js";
import { whenLeaving } from "../../router.js";
import { panel } from "../sections.js";

export async function documentsSection() {
    const [config, embedding] = await Promise.all([get("/api/v1/retrieval/config"), get("/api/v1/retrieval/embedding")]);
    return [embeddingPanel(embedding), settingsPanel(config)];
}

function settingsPanel(config) {
    const inputs = {};
    const numeric = (key, label, hint, attributes = {}) => field(label, (inputs[key] = numberInput(config[key], { step: 1, min: 0, ...attributes })), hint);
    const text = (key, label, hint) => field(label, (inputs[key] = textInput(config[key])), hint);
    const flag = (key, label, hint) => {
        const row = toggle(label, config[key], null, hint);
        inputs[key] = row.input;
        return row;
    };
    inputs.RAG_TEMPLATE = area(config.RAG_TEMPLATE, { rows: 8 });
    inputs.ALLOWED_FILE_EXTENSIONS = textInput((config.ALLOWED_FILE_EXTENSIONS ?? []).join(", "));
    const save = h("button.button.primary", { type: "submit" }, t("Save"));

    function read() {
        return Object.fromEntries(Object.entries(inputs).map(([key, input]) => {
            if (input.type === "checkbox") return [key, input.checked];
            if (key === "ALLOWED_FILE_EXTENSIONS") return [key, listOf(input.value)];
            if (input.type === "number") return [key, input.value.trim() === "" ? (key.startsWith("FILE_") ? "" : null) : Number(input.value)];
            return [key, input.value];
        }));
    }

    return form(
        () => attempt(async () => {
            await post("/api/v1/retrieval/config/update", read());
            toast(t("Saved."));
        }, save),
        panel(
            t("Searching"), null, flag("ENABLE_RAG_HYBRID_SEARCH", t("Search by meaning and by words"), t("Finds names and numbers that meaning alone misses.")),
            h(
                "div.fields", numeric("TOP_K", t("Passages for an answer"), null, { min: 1 }), numeric("TOP_K_RERANKER", t("Passages after reranking"), null, { min: 1 }),
                numeric("HYBRID_BM25_WEIGHT", t("Weight of words"), t("0 only meaning, 1 only words"), { step: "any", max: 1 }),
                numeric("RELEVANCE_THRESHOLD", t("Lowest relevance"), t("0 to 1; what is below is left out"), { step: "any", max: 1 })),
            text("RAG_RERANKING_MODEL", t("Reranking model"), t("Empty for none.")), flag("RAG_FULL_CONTEXT", t("Always give whole documents"), t("Without a search; needs models with a large context.")),
            flag("BYPASS_EMBEDDING_AND_RETRIEVAL", t("Do not embed documents"), t("New files are given whole, and cannot be searched."))),
        panel(
            t("Cutting"), t("Used for new files, and for others when they are indexed again."),
            h("div.fields", numeric("CHUNK_SIZE", t("Length of a passage (characters)"), null, { min: 50 }), numeric("CHUNK_OVERLAP", t("Overlap (characters)"))),
            flag("ENABLE_MARKDOWN_HEADER_TEXT_SPLITTER", t("Cut at headings first"))),
        panel(
            t("Files"), null,
            h("div.fields", numeric("FILE_MAX_SIZE", t("Largest file (MB)"), t("Empty for no limit.")), numeric("FILE_MAX_COUNT", t("Most files at once"), t("Empty for no limit."))),
            field(t("Allowed kinds"), inputs.ALLOWED_FILE_EXTENSIONS, t("Endings separated by commas, such as pdf, docx. Empty allows all."))),
        panel(t("Instructions for answers"), t("{{CONTEXT}} is replaced by the passages."), field(t("Template"), inputs.RAG_TEMPLATE)), h("div.row", save));
}

function embeddingPanel(first) {
    const progress = h("div");
    const engine = select(first.RAG_EMBEDDING_ENGINE, [["", t("This server")], ["openai", t("OpenAI-compatible")], ["ollama", "Ollama"]], { onchange: () => show() });
    const model = textInput(first.RAG_EMBEDDING_MODEL, { required: true });
    const url = textInput("", { type: "url", placeholder: "https://api.example.com/v1" });
    const key = textInput("", { type: "password", autocomplete: "off" });
    const remote = h("div.fields", field(t("Address"), url), field(t("Key"), key));
    const save = h("button.button.primary", { type: "submit" }, t("Change the encoder"));
    let timer = 0;

    function show() {
        const part = first[`${engine.value}_config`];
        remote.hidden = !engine.value;
        url.value = part?.url ?? "";
        key.value = part?.key ?? "";
    }

    function showProgress({ reindexing }) {
        clearTimeout(timer);
        if (!reindexing) return replace(progress);
        const { done, total, error, answering } = reindexing;
        replace(
            progress,
            h(
                "div.notice", { class: error ? "error" : null },
                h(
                    "div.grow", h("strong", error ? t("The change does not get on") : t("Documents are embedded anew: {done} of {total}", { done, total })), h("p", error ?? t("Until then {model} answers.", { model: answering })),
                    h("progress", { max: Math.max(total, 1), value: done, "aria-label": t("Documents are embedded anew: {done} of {total}", { done, total }) }))));
        timer = setTimeout(() => get("/api/v1/retrieval/embedding").then(showProgress).catch(() => {}), 2000);
    }

    whenLeaving(() => clearTimeout(timer));
    show();
    showProgress(first);
    return panel(
        t("Encoder"), t("Turns text into what can be searched by meaning."), progress,
        form(
            async () => {
                if (!(await confirmed(t("Change the encoder?"), t("All documents are embedded anew in the background. Searches go on with the old one until that is done."), t("Change")))) return;
                attempt(async () => {
                    const body = { RAG_EMBEDDING_ENGINE: engine.value, RAG_EMBEDDING_MODEL: model.value.trim() };
                    if (engine.value) body[`${engine.value}_config`] = { url: url.value.trim(), key: key.value };
                    showProgress(await post("/api/v1/retrieval/embedding/update", body));
                    toast(t("Saved."));
                }, save);
            },
            h("div.fields", field(t("Where"), engine), field(t("Model"), model)), remote, h("div.row", save)));
}
