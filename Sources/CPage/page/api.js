/** Talking to the server. The session is a cookie that scripts cannot read; nothing secret is kept here. */
import { t } from "./i18n.js";

export class APIError extends Error {
    /** @param {number} status 0 when the server was not reached. */
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

/** What to tell people about an answer that is no success. */
function message(status, body) {
    const detail = body?.detail ?? body?.error?.message ?? body?.error;
    if (typeof detail === "string" && detail) return detail;
    if (Array.isArray(detail)) {
        return detail.map((issue) => `${(issue.loc ?? []).slice(1).join(".")}: ${issue.msg ?? ""}`).join("\n");
    }
    if (detail && typeof detail === "object") return detail.message ?? JSON.stringify(detail);
    return t("The server answered with status {status}.", { status });
}

let onLost = () => {};

/** `work` is called when the session turns out to be over. */
export const whenSessionIsLost = (work) => (onLost = work);

async function fail(response, path) {
    const text = await response.text();
    let body = null;
    try {
        body = JSON.parse(text);
    } catch {
        body = text && text.length < 300 ? { detail: text } : null;
    }
    // 401 also means "not yours" here: only the session's own route says for certain.
    if (response.status === 401 && !path.startsWith("/api/v1/auths/")) {
        const session = await fetch("/api/v1/auths/", { headers: { accept: "application/json" } });
        if (session.status === 401) onLost();
    }
    throw new APIError(response.status, message(response.status, body));
}

/** Sends a request; throws `APIError` unless it succeeds. */
export async function send(method, path, { body, signal, headers = {} } = {}) {
    const options = { method, signal, headers: { accept: "application/json", ...headers }, credentials: "same-origin" };
    if (body instanceof FormData) options.body = body;
    else if (body !== undefined) {
        options.body = JSON.stringify(body);
        options.headers["content-type"] = "application/json";
    }
    let response;
    try {
        response = await fetch(path, options);
    } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new APIError(0, t("The server cannot be reached."));
    }
    if (!response.ok) await fail(response, path);
    return response;
}

async function json(method, path, body, signal) {
    const response = await send(method, path, { body, signal });
    return response.status === 204 ? null : response.json();
}

/** Answers that were asked for before they were needed, by path. */
const early = new Map();
const longestWait = 5000;

/** Asks for something that will be wanted in a moment: the next `get` of the path takes this answer. */
export function ahead(path) {
    const answer = json("GET", path);
    answer.catch(() => {});
    early.set(path, { answer, since: performance.now() });
}

export const forgetAhead = () => early.clear();

export function get(path, signal) {
    const asked = early.get(path);
    early.delete(path);
    return asked && performance.now() - asked.since < longestWait ? asked.answer : json("GET", path, undefined, signal);
}

export const post = (path, body = {}, signal) => json("POST", path, body, signal);
export const del = (path, body) => json("DELETE", path, body);

/** The answer, or `fallback` where the server has no such route. */
export async function getOr(path, fallback) {
    try {
        return await get(path);
    } catch (error) {
        if (error.status === 404 || error.status === 405) return fallback;
        throw error;
    }
}

/** A query string from an object; `null` and `undefined` are left out. */
export function query(values) {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(values)) if (value !== null && value !== undefined && value !== "") parameters.set(name, value);
    const text = parameters.toString();
    return text ? "?" + text : "";
}

/** Server-sent events as `{id, data}`; the id is `null` where the server numbers nothing. */
export async function* events(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    let data = [];
    let id = null;
    try {
        for (;;) {
            const { value, done } = await reader.read();
            if (done) break;
            const lines = (rest + value).split("\n");
            rest = lines.pop();
            for (const line of lines) {
                const text = line.endsWith("\r") ? line.slice(0, -1) : line;
                if (text.startsWith("data:")) data.push(text.slice(text[5] === " " ? 6 : 5));
                else if (text.startsWith("id:")) id = text.slice(3).trim();
                else if (text === "" && data.length) {
                    yield { id, data: data.join("\n") };
                    data = [];
                }
            }
        }
        if (data.length) yield { id, data: data.join("\n") };
    } finally {
        reader.cancel().catch(() => {});
    }
}

/**
 * Uploads one file with progress.
 * @param {(fraction: number) => void} onProgress 0 to 1 of the bytes.
 * @returns the file as the server knows it; it is still being processed.
 */
export function upload(file, { metadata, onProgress = () => {}, signal } = {}) {
    return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        const form = new FormData();
        form.append("file", file, file.name);
        if (metadata) form.append("metadata", JSON.stringify(metadata));
        request.open("POST", "/api/v1/files/?process=true");
        request.responseType = "json";
        request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
        request.onload = () => {
            if (request.status < 300) resolve(request.response);
            else reject(new APIError(request.status, message(request.status, request.response)));
        };
        request.onerror = () => reject(new APIError(0, t("The server cannot be reached.")));
        request.onabort = () => reject(new DOMException("", "AbortError"));
        signal?.addEventListener("abort", () => request.abort(), { once: true });
        request.send(form);
    });
}

/**
 * Waits until a file is processed.
 * @param {(status: object) => void} onStatus each `{status, error?, ...}` as it comes.
 * @returns the last one; `completed` or `failed`.
 */
export async function processed(id, { onStatus = () => {}, signal } = {}) {
    let last = { status: "pending" };
    const response = await send("GET", `/api/v1/files/${id}/process/status?stream=true`, { signal, headers: { accept: "text/event-stream" } });
    for await (const { data } of events(response)) {
        last = JSON.parse(data);
        onStatus(last);
    }
    return last;
}
