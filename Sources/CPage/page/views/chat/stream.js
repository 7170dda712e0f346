/** The events of one answer. A broken connection is taken up again where it broke, also after the page was loaded anew. */
import { events, send } from "../../api.js";

const key = (chatID) => `stream:${chatID}`;

/** The stream that writes a message, if this tab has asked for it. */
export function rememberedStream(chatID, messageID) {
    try {
        const kept = JSON.parse(sessionStorage.getItem(key(chatID)));
        return kept?.messageID === messageID ? kept.id : null;
    } catch {
        return null;
    }
}

export function forgetStream(chatID) {
    try {
        sessionStorage.removeItem(key(chatID));
    } catch {
        // Was never kept.
    }
}

const path = (id) => `/api/chat/completions/streams/${encodeURIComponent(id)}`;
const mostAttempts = 6;

export class AnswerStream {
    #response;
    #signal;
    #last = null;

    constructor(response, { chatID, messageID, signal, id = response.headers.get("x-stream-id") }) {
        this.#response = response;
        this.#signal = signal;
        this.id = id;
        if (!id || !chatID) return;
        try {
            sessionStorage.setItem(key(chatID), JSON.stringify({ id, messageID }));
        } catch {
            // The answer cannot be taken up after a reload; the chat will hold it when it is complete.
        }
    }

    /** The stream from its first event; `null` when the server has it no more. */
    static async reopened(id, signal) {
        try {
            const response = await send("GET", path(id), { signal });
            return response.status === 204 ? null : new AnswerStream(response, { signal, id });
        } catch (error) {
            if ([400, 404, 405, 410].includes(error.status)) return null;
            throw error;
        }
    }

    /** Tells the server that nobody wants the rest. */
    cancel() {
        if (this.id) send("DELETE", path(this.id)).catch(() => {});
    }

    /** The answer's events as objects; what is no JSON is passed over. */
    async *events() {
        if (!(this.#response.headers.get("content-type") ?? "").includes("event-stream")) {
            yield* this.#whole();
            return;
        }
        for (let attempt = 0; ;) {
            try {
                for await (const { id, data } of events(this.#response)) {
                    attempt = 0;
                    this.#last = id ?? this.#last;
                    if (data === "[DONE]") return;
                    const event = parsed(data);
                    if (event) yield event;
                }
                // An end without its mark is an end all the same where nothing can be taken up.
                if (!this.id || this.#last === null) return;
            } catch (error) {
                if (error.name === "AbortError" || !this.id || attempt >= mostAttempts) throw error;
            }
            attempt += 1;
            if (attempt > mostAttempts) return;
            await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt));
            this.#signal?.throwIfAborted();
            this.#response = await send("GET", `${path(this.id)}?after=${this.#last ?? 0}`, { signal: this.#signal });
            if (this.#response.status === 204) return;
        }
    }

    /** An answer in one piece as if it were an event. */
    async *#whole() {
        const body = await this.#response.json();
        if (body.detail && !body.choices) throw new Error(typeof body.detail === "string" ? body.detail : JSON.stringify(body.detail));
        yield { ...body, choices: [{ delta: body.choices?.[0]?.message ?? {} }] };
    }
}

function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}
