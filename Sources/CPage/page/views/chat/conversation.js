/**
 * One chat: a tree of messages, of which one path is shown, and the answer that is being written. The server keeps the tree
 * (`history.messages` by id, `history.currentId`) and stores question and answer itself while it answers.
 */
import { APIError, events, post, send } from "../../api.js";
import { t } from "../../i18n.js";
import { failed } from "../../parts/toast.js";
import { session } from "../../session.js";
import { answerQuestion, applyEvent, features } from "./events.js";
import { AnswerStream, forgetStream, rememberedStream } from "./stream.js";

/** Chats whose answer is still coming, also while another one is looked at. */
const running = new Map();

export const runningConversation = (id) => running.get(id);

const newID = () =>
    crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte, index) => (([4, 6, 8, 10].includes(index) ? "-" : "") + byte.toString(16).padStart(2, "0"))).join("");

export class Conversation {
    /** What shows it: `changed()`, `piece(message, field, text)`, `named(id)`, `saved()`. */
    view = null;
    /** Fields of the requests that the view chooses: tools and filters. */
    extras = () => ({});
    #stop = null;
    #stream = null;

    constructor(chat = null, folderID = null) {
        this.id = chat?.id ?? null;
        this.title = chat?.title ?? "";
        this.folderID = folderID;
        this.models = chat?.chat?.models ?? [];
        this.messages = chat?.chat?.history?.messages ?? {};
        this.currentID = chat?.chat?.history?.currentId ?? null;
        if (chat && !Object.keys(this.messages).length) this.#adopt(chat.chat?.messages ?? []);
        for (const [id, message] of Object.entries(this.messages)) message.id ??= id;
    }

    /** Chats of simple clients are a list. */
    #adopt(list) {
        let parentID = null;
        for (const message of list) {
            const id = message.id ?? newID();
            this.messages[id] = { ...message, id, parentId: parentID, childrenIds: [] };
            if (parentID) this.messages[parentID].childrenIds.push(id);
            parentID = id;
        }
        this.currentID = parentID;
    }

    get isAnswering() {
        return this.#stop !== null;
    }

    /** From the first message to the current one. */
    path(from = this.currentID) {
        const path = [];
        const seen = new Set();
        for (let message = this.messages[from]; message && !seen.has(message.id); message = this.messages[message.parentId]) {
            seen.add(message.id);
            path.unshift(message);
        }
        return path;
    }

    /** The other messages in the same place, oldest first, the message among them. */
    siblings(message) {
        const parent = this.messages[message.parentId];
        const ids = parent ? (parent.childrenIds ?? []) : Object.values(this.messages).filter((other) => !other.parentId).map((other) => other.id);
        const list = ids.map((id) => this.messages[id]).filter((other) => other?.role === message.role);
        return list.length ? list : [message];
    }

    /** Shows the path through `message`, following the newest messages after it. */
    async choose(message) {
        let last = message;
        for (let next = message; next; next = this.messages[(next.childrenIds ?? []).at(-1)]) last = next;
        this.currentID = last.id;
        this.view?.changed();
        if (this.id) await this.keep();
    }

    /** Stores the tree as it is here. */
    keep() {
        return post(`/api/v1/chats/${this.id}`, { chat: { history: { messages: this.messages, currentId: this.currentID } } });
    }

    // MARK: Asking

    /** A new question after the current message. */
    ask(text, files, model) {
        return this.#answer(this.#addQuestion(text, files, this.currentID, model), model, true);
    }

    /** The same question in other words, beside the old one. */
    edit(message, text, model) {
        return this.#answer(this.#addQuestion(text, message.files ?? [], message.parentId, model), model, true);
    }

    /** Another answer to the same question. */
    retry(answer, model) {
        return this.#answer(this.messages[answer.parentId], model, false);
    }

    /** Changes the words of an answer. */
    async correct(message, text) {
        message.content = text;
        this.view?.changed();
        await post(`/api/v1/chats/${this.id}/messages/${message.id}`, { content: text });
    }

    stop() {
        this.#stream?.cancel();
        this.#stop?.abort();
    }

    /** Reads on in an answer that was being written when the page was loaded. @returns whether there was something to read. */
    async resume() {
        const answer = this.messages[this.currentID];
        const id = answer?.done === false && !this.isAnswering ? rememberedStream(this.id, answer.id) : null;
        if (!id) return false;
        const stop = new AbortController();
        const stream = await AnswerStream.reopened(id, stop.signal);
        if (!stream) return false;
        Object.assign(answer, { content: "", reasoning_content: "", sources: undefined, statusHistory: undefined, files: undefined });
        this.#stop = stop;
        running.set(this.id, this);
        this.view?.changed();
        await this.#finish(answer, () => this.#read(stream, answer));
        return true;
    }

    #add(message) {
        this.messages[message.id] = message;
        const parent = this.messages[message.parentId];
        if (parent) parent.childrenIds = [...(parent.childrenIds ?? []), message.id];
        this.currentID = message.id;
        return message;
    }

    #addQuestion(content, files, parentId, model) {
        return this.#add({
            id: newID(), parentId, childrenIds: [], role: "user", content, ...(files.length ? { files } : {}), timestamp: Math.floor(Date.now() / 1000), models: [model],
        });
    }

    async #answer(question, model, isNew) {
        const answer = this.#add({
            id: newID(), parentId: question.id, childrenIds: [], role: "assistant", content: "", model, timestamp: Math.floor(Date.now() / 1000), done: false,
        });
        const stop = new AbortController();
        this.#stop = stop;
        this.view?.changed();
        await this.#finish(answer, async () => {
            await this.#save(question, model);
            running.set(this.id, this);
            const response = await send("POST", "/api/chat/completions", { body: this.#request(question, answer, model, isNew), signal: stop.signal });
            await this.#read(new AnswerStream(response, { chatID: this.id, messageID: answer.id, signal: stop.signal }), answer);
        });
    }

    /** Does `work`, and keeps in the answer how it ended. */
    async #finish(answer, work) {
        const stop = this.#stop;
        try {
            await work();
        } catch (error) {
            if (error.name !== "AbortError") answer.error = { content: error.message || t("The answer broke off.") };
        } finally {
            if (stop.signal.aborted) {
                answer.stopped = true;
                delete answer.error;
            }
            answer.done = true;
            this.#stop = null;
            this.#stream = null;
            running.delete(this.id);
            forgetStream(this.id);
            this.view?.changed(answer);
            // The server hears no more of an answer that was stopped: what is on the page is what is kept.
            if (answer.stopped && this.id) await this.keep().catch(() => {});
            this.view?.saved();
        }
    }

    /** Makes the chat on the server with its first question. */
    async #save(question, model) {
        if (this.id) return;
        const words = question.content.trim().replace(/\s+/g, " ") || question.files?.[0]?.name || t("New chat");
        this.title = [...words].length > 60 ? [...words].slice(0, 60).join("") + "…" : words;
        const chat = await post("/api/v1/chats/new", {
            chat: { title: this.title, models: [model], history: { messages: {}, currentId: null } }, folder_id: this.folderID,
        });
        this.id = chat.id;
        this.view?.named(chat.id);
    }

    #request(question, answer, model, isNew) {
        const path = this.path(question.id);
        const files = new Map();
        for (const message of path) for (const file of message.files ?? []) if (file.type !== "image") files.set(file.type + file.id, { type: file.type, id: file.id, name: file.name });
        const messages = path.filter((message) => !message.error || message.content).map(({ role, content, files: attached }) => {
            const pictures = (attached ?? []).filter((file) => file.type === "image");
            if (role !== "user" || !pictures.length) return { role, content };
            return { role, content: [{ type: "text", text: content }, ...pictures.map(({ url }) => ({ type: "image_url", image_url: { url } }))] };
        });
        const system = session.settings.system?.trim();
        if (system) messages.unshift({ role: "system", content: system });
        return {
            model, messages, stream: true, stream_options: { resumable: true }, chat_id: this.id, id: answer.id, parent_id: question.id, ...(isNew ? { user_message: question } : {}),
            ...(files.size ? { files: [...files.values()] } : {}), ...this.extras(), features: features(),
        };
    }

    async #read(stream, answer) {
        this.#stream = stream;
        const asking = new AbortController();
        this.#stop?.signal.addEventListener("abort", () => asking.abort());
        try {
            for await (const event of stream.events()) this.#take(answer, event, asking.signal);
        } finally {
            asking.abort();
        }
    }

    /**
     * Runs a button of a function on an answer.
     * @returns what the function gives back.
     */
    async act(message, action) {
        const stop = new AbortController();
        this.#stop = stop;
        this.view?.changed();
        const messages = this.path(message.id).map(({ id, role, content, timestamp, sources }) => ({ id, role, content, timestamp, ...(sources ? { sources } : {}) }));
        const before = message.content;
        let result = null;
        try {
            const response = await send("POST", `/api/chat/actions/${encodeURIComponent(action.id)}`, {
                signal: stop.signal, body: { model: message.model, messages, chat_id: this.id, id: message.id, session_id: newID(), stream: true, features: features() },
            });
            for await (const { data } of events(response)) {
                if (data === "[DONE]") break;
                const event = JSON.parse(data);
                if (event.error) throw new APIError(400, event.error.message);
                if ("result" in event) result = event.result;
                else if (event.event) this.#happen(message, event.event, stop.signal);
            }
        } finally {
            stop.abort();
            this.#stop = null;
            this.view?.changed(message);
        }
        for (const changed of Array.isArray(result?.messages) ? result.messages : []) {
            const own = this.messages[changed?.id];
            if (own && typeof changed.content === "string" && changed.content !== own.content) await this.correct(own, changed.content);
        }
        if (message.content !== before && this.id) await post(`/api/v1/chats/${this.id}/messages/${message.id}`, { content: message.content });
        return result;
    }

    #happen(answer, event, signal) {
        if (event.id) {
            answerQuestion(event, signal).catch(failed);
            return;
        }
        const change = applyEvent(answer, event);
        if (change) this.view?.piece(answer, change.field, change.piece);
    }

    #take(answer, event, signal) {
        if (event.error) {
            answer.error = { content: event.error.message ?? (typeof event.error === "string" ? event.error : JSON.stringify(event.error)) };
            return;
        }
        if (event.event) this.#happen(answer, event.event, signal);
        if (event.usage) answer.usage = event.usage;
        if (event.warnings?.length) answer.warnings = [...(answer.warnings ?? []), ...event.warnings];
        if (event.sources?.length) {
            answer.sources = [...(answer.sources ?? []), ...event.sources];
            this.view?.piece(answer, "sources");
        }
        const delta = event.choices?.[0]?.delta;
        const thought = delta?.reasoning_content ?? delta?.reasoning;
        if (typeof thought === "string" && thought) {
            answer.reasoning_content = (answer.reasoning_content ?? "") + thought;
            this.view?.piece(answer, "reasoning_content", thought);
        }
        for (const call of delta?.tool_calls ?? []) {
            if (!call.function?.name) continue;
            answer.tools = [...(answer.tools ?? []), call.function.name];
            this.view?.piece(answer, "tools");
        }
        if (typeof delta?.content === "string" && delta.content) {
            answer.content += delta.content;
            this.view?.piece(answer, "content", delta.content);
        }
    }
}
