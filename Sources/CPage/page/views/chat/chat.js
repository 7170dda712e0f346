/** The chat: its messages, and where the next one is written. */
import { get } from "../../api.js";
import { announce, h, replace } from "../../dom.js";
import { icon, logo } from "../../icons.js";
import { t } from "../../i18n.js";
import { loadMarkdown, render } from "../../markdown/render.js";
import { copyButton } from "../../parts/copy.js";
import { openDialog } from "../../parts/dialog.js";
import { acceptDrops } from "../../parts/dropzone.js";
import { attempt, failed } from "../../parts/toast.js";
import { rename, whenLeaving } from "../../router.js";
import { isAdmin, session } from "../../session.js";
import { composer } from "./composer.js";
import { Conversation, runningConversation } from "./conversation.js";
import { refreshChats } from "./list.js";
import { assistantMessage, userMessage } from "./message.js";
import { modelPicker } from "./model-picker.js";
import { loadTools, toolChooser } from "./tools.js";

export async function chatView({ id }) {
    const parameters = new URLSearchParams(location.search);
    const running = id ? runningConversation(id) : null;
    const isReady = loadMarkdown();
    const [models, chat, , tools] = await Promise.all([get("/api/models").then((answer) => answer.data), id && !running ? get(`/api/v1/chats/${id}`) : null, id ? isReady : null, loadTools()]);
    const conversation = running ?? new Conversation(chat, parameters.get("folder"));
    const last = conversation.path().findLast((message) => message.role === "assistant")?.model;
    const picker = modelPicker(models, [parameters.get("model"), last, conversation.models[0], ...defaultModels()], () => {
        chooser.update();
        write.update();
    });
    const chooser = toolChooser(tools, () => picker.entry(picker.model()));
    conversation.extras = () => chooser.wire();
    const context = {
        conversation, model: picker.model, modelName: picker.name, baseModel: (model) => picker.entry(model)?.info?.base_model_id ?? null, actions: (model) => picker.entry(model)?.actions ?? [],
        act: (message, action, button) => attempt(async () => {
            const result = await conversation.act(message, action);
            if (typeof result?.content === "string" && result.content) showResult(action.name, result.content);
        }, button),
    };
    const messages = h("div.messages");
    const scroller = h("div.chat-scroll", { tabindex: 0, role: "region", "aria-label": t("Messages") }, messages);
    const toEnd = h("button.to-end.icon-button", { type: "button", "aria-label": t("To the end"), hidden: true, onclick: () => stick(true) }, icon("down"));
    const title = h("h1.chat-title.ellipsis", conversation.title);
    const write = composer({
        canSend: () => Boolean(picker.model()),
        onSend: (text, files) => {
            picker.used();
            isStuck = true;
            isReady.then(() => conversation.ask(text, files, picker.model()));
        },
        onStop: () => conversation.stop(), extra: chooser.element,
    });
    const element = h(
        "div.chat", h("header.chat-head", picker.element, title), scroller,
        h("div.chat-foot", toEnd, write.element, h("p.fine-print", t("Models can be wrong. Check what matters."))),
        h("div.drop-hint", { "aria-hidden": "true" }, icon("attach"), t("Drop files to attach them")));
    acceptDrops(element, (files) => write.addFiles(files.map(({ file }) => file)));

    // MARK: Messages

    /** Elements that need no change stay: by message, with what they showed. */
    let shown = new Map();

    function showAll(changed) {
        const path = conversation.path();
        const next = new Map();
        for (const message of path) {
            const versions = conversation.siblings(message).length;
            const key = `${versions}|${message.role === "user" ? "" : message.done !== false}|${message.content.length}`;
            const earlier = shown.get(message.id);
            if (earlier && message === changed && earlier.element.finish) {
                earlier.element.finish();
                next.set(message.id, { key, element: earlier.element });
            } else if (earlier?.key === key || (earlier && message.done === false)) next.set(message.id, earlier);
            else next.set(message.id, { key, element: message.role === "user" ? userMessage(message, context) : assistantMessage(message, context) });
        }
        shown = next;
        element.classList.toggle("is-empty", !path.length);
        if (path.length) replace(messages, [...shown.values()].map((item) => item.element));
        else replace(messages, welcome(models, write));
        title.textContent = conversation.title;
        write.setAnswering(conversation.isAnswering);
        stick();
    }

    conversation.view = {
        changed(message) {
            showAll(message);
            if (message?.done) announce(message.error ? t("The model did not answer") : t("The answer is complete"));
        },
        piece: (message, name, text) => {
            shown.get(message.id)?.element.piece?.(name, text);
            stick();
        },
        named(chatID) {
            if (location.pathname === "/") rename(`/c/${chatID}`);
            title.textContent = conversation.title;
            document.title = `${conversation.title} · ${session.config.name}`;
        },
        saved: () => refreshChats(),
    };

    // MARK: Scrolling

    let isStuck = true;
    let isScheduled = false;

    /** Keeps the end in view, unless the person looks at something else. */
    function stick(force = false) {
        if (force) isStuck = true;
        if (!isStuck || isScheduled) return;
        isScheduled = true;
        requestAnimationFrame(() => {
            isScheduled = false;
            scroller.scrollTop = scroller.scrollHeight;
        });
    }

    scroller.addEventListener("scroll", () => {
        const distance = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
        isStuck = distance < 60;
        toEnd.hidden = distance < 200;
    }, { passive: true });
    // What is drawn late (formulas, pictures) moves the end.
    const watch = new ResizeObserver(() => stick());
    watch.observe(messages);

    // MARK: Answers that somebody else waits for

    let poll = 0;

    /** An answer that was being written when the page was loaded is looked for until it is complete. */
    function waitForOther() {
        const message = conversation.messages[conversation.currentID];
        if (!id || conversation.isAnswering || message?.role !== "assistant" || message.done !== false) return;
        poll = setTimeout(async () => {
            try {
                const fresh = new Conversation(await get(`/api/v1/chats/${id}`));
                if (!conversation.isAnswering) {
                    Object.assign(message, fresh.messages[message.id]);
                    shown.delete(message.id);
                    showAll();
                }
            } catch (error) {
                return failed(error);
            }
            waitForOther();
        }, 1500);
    }

    whenLeaving(() => {
        clearTimeout(poll);
        watch.disconnect();
        conversation.view = null;
    });
    showAll();
    conversation.resume().then((isResumed) => isResumed || waitForOther(), waitForOther);
    if (parameters.get("collection")) write.addReference("collection", parameters.get("collection"), parameters.get("name") ?? t("Collection"));
    return {
        title: conversation.title || t("New chat"), content: element, focus: () => matchMedia("(pointer: fine)").matches && write.focus(), shown: () => stick(true),
    };
}

/** What a function's button gives back. */
const showResult = (name, text) =>
    openDialog(name, (close) => [
        h("div.prose", render(text)),
        h("div.dialog-actions", copyButton(() => text, { label: t("Copy the result") }), h("button.button.primary", { type: "button", autofocus: true, onclick: () => close() }, t("Done"))),
    ], { wide: true });

/** What stands in an empty chat. */
function welcome(models, write) {
    if (!models.length) {
        return h(
            "div.welcome", logo(), h("h2", isAdmin() ? t("No model is connected yet") : t("No model is open to you yet")),
            h("p.muted", isAdmin() ? t("Connect a server that speaks OpenAI's or Ollama's language, and its models appear here.") : t("Ask an administrator to give you access to a model.")),
            isAdmin() ? h("a.button.primary", { href: "/admin/connections" }, t("Add a connection")) : null);
    }
    const ideas = suggestions();
    return h(
        "div.welcome", logo(), h("h2", t("Hello, {name}", { name: session.user.name })), h("p.muted", t("What would you like to know?")),
        h("div.ideas", ideas.map(([title, text]) => h("button.idea", { type: "button", onclick: () => write.setText(text) }, h("strong", title), h("span", text)))));
}

/** What administrators let new chats begin with. */
const defaultModels = () => String(session.config.default_models ?? "").split(",").map((id) => id.trim()).filter(Boolean);

/** Prompts to begin with, as `[title, text]`: the administrators', or a few of our own. */
function suggestions() {
    const given = Array.isArray(session.config.default_prompt_suggestions) ? session.config.default_prompt_suggestions : [];
    if (given.length) return given.slice(0, 8).map(({ title, content }) => [[title].flat().filter(Boolean).map(String).join(" "), String(content ?? "")]);
    return [
        [t("Summarise a document"), t("Summarise the attached document in five sentences.")],
        [t("Explain"), t("Explain how a heat pump works, for a twelve-year-old.")],
        [t("Write"), t("Write a friendly reminder about an open invoice.")],
        [t("Program"), t("Write a Python function that merges overlapping intervals.")],
    ];
}
