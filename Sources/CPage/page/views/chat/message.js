/** One message of a chat. */
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { number, t } from "../../i18n.js";
import { MarkdownStream } from "../../markdown/stream.js";
import { render } from "../../markdown/render.js";
import { copyButton } from "../../parts/copy.js";
import { attempt } from "../../parts/toast.js";
import { attachedChips } from "./attachments.js";
import { rating } from "./rating.js";
import { markCitations, numbered, sourceRow } from "./sources.js";
import { actionButtons, showSteps } from "./tools.js";

const tool = (name, label, onclick) => h("button.icon-button.small", { type: "button", "aria-label": label, title: label, onclick }, icon(name));

/** "‹ 2 / 3 ›" where a question was changed or an answer asked for again. */
function branches(message, conversation) {
    const list = conversation.siblings(message);
    if (list.length < 2) return null;
    const index = list.findIndex((other) => other.id === message.id);
    const step = (by, label) => {
        const button = tool(by < 0 ? "left" : "right", label, () => !conversation.isAnswering && attempt(() => conversation.choose(list[index + by])));
        button.disabled = !list[index + by];
        return button;
    };
    return h(
        "div.branches", { role: "group", "aria-label": t("Versions") }, step(-1, t("Earlier version")), h("span", `${index + 1} / ${list.length}`),
        step(1, t("Later version")));
}

/** The form that takes the place of a message's text. */
function editor(text, label, onSave, onCancel) {
    const input = h("textarea.input", { value: text, rows: Math.min(12, text.split("\n").length + 1), "aria-label": t("Text of the message") });
    const form = h(
        "form.message-editor", {
            onsubmit: (event) => {
                event.preventDefault();
                if (input.value.trim()) onSave(input.value);
            },
            onkeydown: (event) => event.key === "Escape" && onCancel(),
        },
        input,
        h("div.row.end", h("button.button.small", { type: "button", onclick: onCancel }, t("Cancel")), h("button.button.small.primary", { type: "submit" }, label)));
    requestAnimationFrame(() => input.focus());
    return form;
}

export function userMessage(message, { conversation, model }) {
    const body = h("div.bubble");
    const show = () => replace(body, message.content);
    show();
    const element = h(
        "article.message.user", { "aria-label": t("You") }, message.files?.length ? attachedChips(message.files) : null, body,
        h(
            "div.message-tools", branches(message, conversation), copyButton(() => message.content, { label: t("Copy the message") }),
            tool("edit", t("Edit the message"), () => {
                if (conversation.isAnswering) return;
                element.classList.add("editing");
                const done = () => {
                    element.classList.remove("editing");
                    show();
                };
                replace(body, editor(message.content, t("Send"), (text) => {
                    done();
                    conversation.edit(message, text, model());
                }, done));
            })));
    return element;
}

/** An answer, complete or still coming: `piece` adds to it. */
export function assistantMessage(message, { conversation, model, modelName, baseModel, actions, act }) {
    let sources = numbered(message.sources);
    const content = h("div.prose");
    const thinking = h("div.thinking-text");
    const thoughts = h("details.thinking", { hidden: true }, h("summary", t("Thoughts")), thinking);
    const problem = h("div");
    const tools = h("div.tool-row", { hidden: true });
    const footer = h("div.message-foot");
    const steps = h("div.steps", { role: "status", hidden: true });
    const files = h("div.message-files");
    const waiting = h("div.waiting", { role: "status" }, h("span.visually-hidden", t("The answer is coming")), h("i"), h("i"), h("i"));
    const decorate = (root) => markCitations(root, sources);
    const stream = new MarkdownStream(content, decorate);
    let isComing = message.done === false;
    const element = h(
        "article.message.assistant", { "aria-label": t("Answer of {model}", { model: modelName(message.model) }) },
        h("div.message-head", h("span.model-mark", { "aria-hidden": "true" }, icon("sparkle")), h("span", modelName(message.model))), thoughts, tools, steps, content, files, waiting, problem, footer);

    function showThoughts() {
        thoughts.hidden = !message.reasoning_content;
        thinking.textContent = message.reasoning_content ?? "";
    }

    function showTools() {
        const names = [...new Set(message.tools ?? [])];
        tools.hidden = !names.length;
        replace(tools, names.map((name) => h("span.tag", icon("plug"), name)));
    }

    const showContent = () => replace(content, render(message.content ?? "", decorate));
    const showFiles = () => replace(files, message.files?.length ? attachedChips(message.files) : null);

    const problemText = () => {
        const error = message.error?.content ?? message.error?.message ?? message.error;
        return error === true ? t("The answer broke off.") : error ? String(error.detail ?? error) : "";
    };

    function finish() {
        showSteps(steps, message.statusHistory, true);
        waiting.remove();
        content.removeAttribute("aria-busy");
        const text = problemText();
        replace(
            problem, text ? h("div.notice.error", { role: "alert" }, icon("alert"), h("div", h("strong", t("The model did not answer")), h("p", text))) : null,
            message.warnings?.map((warning) => h("div.notice.warn", icon("info"), h("p", String(warning)))),
            message.stopped ? h("p.muted.small-text", t("Stopped.")) : null,
            !text && !message.stopped && !message.content && !message.reasoning_content && !message.files?.length ? h("p.muted", t("The model gave an empty answer.")) : null);
        const usage = message.usage;
        const count = usage?.total_tokens ?? usage?.completion_tokens;
        const { buttons, place } = rating(message, conversation, baseModel);
        replace(
            footer, sources.length ? sourceRow(sources) : null,
            h(
                "div.message-tools", branches(message, conversation), copyButton(() => message.content, { label: t("Copy the answer") }),
                tool("retry", t("Answer again"), () => !conversation.isAnswering && conversation.retry(message, model())),
                tool("edit", t("Correct the answer"), () => {
                    if (conversation.isAnswering) return;
                    replace(content, editor(message.content, t("Save"), (text) => attempt(() => conversation.correct(message, text)), showContent));
                }),
                buttons, actionButtons(actions(message.model), (action, button) => !conversation.isAnswering && act(message, action, button)),
                count ? h("span.muted.small-text", t("{count} tokens", { count: number(count) })) : null),
            place);
    }

    showThoughts();
    showTools();
    showFiles();
    showSteps(steps, message.statusHistory, message.done !== false);
    if (isComing) {
        content.setAttribute("aria-busy", "true");
        if (message.content) {
            stream.append(message.content);
            waiting.hidden = true;
        }
    } else {
        showContent();
        finish();
    }
    element.piece = (field, text) => {
        if (field === "content") {
            waiting.hidden = true;
            if (isComing) stream.append(text);
            else showContent();
        } else if (field === "reasoning_content") {
            thoughts.hidden = false;
            thoughts.open = !message.content;
            thinking.append(text);
        } else if (field === "tools") showTools();
        else if (field === "steps") {
            showSteps(steps, message.statusHistory, !isComing && !conversation.isAnswering);
            waiting.hidden = Boolean(message.content) || message.statusHistory.at(-1)?.done === false;
        } else if (field === "replaced") {
            waiting.hidden = true;
            if (isComing) stream.restart(message.content);
            else showContent();
        } else if (field === "files") showFiles();
        else sources = numbered(message.sources);
    };
    element.finish = () => {
        thoughts.open = false;
        if (isComing) stream.finish();
        isComing = false;
        finish();
    };
    return element;
}
