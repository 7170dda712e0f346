/** Keeps what a person thinks of an answer: with the server's evaluations, and in the message. Fetched when a rating is given. */
import { del, get, post } from "../../api.js";
import { announce, h } from "../../dom.js";
import { icon } from "../../icons.js";
import { t } from "../../i18n.js";
import { attempt } from "../../parts/toast.js";

const path = "/api/v1/evaluations/feedback";

/** Names are Open WebUI's, so that both count the same. */
const reasons = () => ({
    1: [
        ["accurate_information", t("Correct")], ["followed_instructions_perfectly", t("Did what I asked")], ["thorough_explanation", t("Explained well")],
        ["attention_to_detail", t("Careful with details")], ["showcased_creativity", t("Creative")], ["positive_attitude", t("Friendly")], ["other", t("Something else")],
    ],
    "-1": [
        ["not_factually_correct", t("Not correct")], ["didnt_fully_follow_instructions", t("Did not do what I asked")], ["not_helpful", t("Not helpful")], ["too_verbose", t("Too long")],
        ["being_lazy", t("Too little work")], ["dont_like_the_style", t("I do not like the style")], ["refused_when_it_shouldnt_have", t("Refused without need")], ["other", t("Something else")],
    ],
});

/** Pictures within a chat are not what is looked at. */
const withoutPictures = (key, value) => (typeof value === "string" && value.startsWith("data:image/") ? "" : value);

/** A rating for the first time, or the other one. */
export function rate(message, conversation, baseModel, rating) {
    const { comment, ...rest } = message.annotation ?? {};
    delete rest.reason;
    return keep(message, conversation, baseModel, { ...rest, rating, ...(comment ? { comment } : {}) });
}

async function keep(message, conversation, baseModel, annotation) {
    const others = conversation.siblings(message).filter((other) => other !== message).map((other) => other.model);
    const feedback = {
        type: "rating", data: { ...annotation, model_id: message.model, ...(others.length ? { sibling_model_ids: others } : {}) },
        meta: {
            arena: false, model_id: message.model, message_id: message.id, message_index: conversation.path(message.id).length, chat_id: conversation.id,
            base_models: Object.fromEntries([message.model, ...others].map((id) => [id, baseModel(id)])),
        },
        snapshot: { chat: JSON.parse(JSON.stringify(await get(`/api/v1/chats/${conversation.id}`), withoutPictures)) },
    };
    const { id } = (await changed(message.feedbackId, feedback)) ?? (await post(path, feedback));
    message.annotation = annotation;
    message.feedbackId = id;
    await conversation.keep();
}

/** `null` where there is none, or no longer. */
async function changed(id, feedback) {
    if (!id) return null;
    try {
        return await post(`${path}/${encodeURIComponent(id)}`, feedback);
    } catch (error) {
        if (error.status !== 404) throw error;
        return null;
    }
}

/** Takes a rating back. */
export async function withdraw(message, conversation) {
    try {
        if (message.feedbackId) await del(`${path}/${encodeURIComponent(message.feedbackId)}`);
    } catch (error) {
        if (error.status !== 404) throw error;
    }
    delete message.annotation;
    delete message.feedbackId;
    await conversation.keep();
    announce(t("The rating is taken back."));
}

/** Asks why, in one line; nobody has to say. */
export function reasonForm(message, conversation, baseModel, onClose) {
    const { rating, reason, comment } = message.annotation;
    const chosen = h(
        "select.input", { "aria-label": t("Why"), value: reason ?? "" }, [["", t("Why?")], ...reasons()[rating]].map(([key, text]) => h("option", { value: key }, text)));
    const words = h("input.input", { type: "text", value: comment ?? "", maxlength: 2000, autocomplete: "off", placeholder: t("In your own words"), "aria-label": t("In your own words") });
    const submit = h("button.button.small", { type: "submit" }, t("Send"));
    announce(t("The rating is kept."));
    return h(
        "form.rating-form", {
            "aria-label": t("About the rating"),
            onsubmit: (event) => {
                event.preventDefault();
                attempt(async () => {
                    await keep(message, conversation, baseModel, { rating, ...(chosen.value ? { reason: chosen.value } : {}), ...(words.value.trim() ? { comment: words.value.trim() } : {}) });
                    announce(t("Thank you."));
                    onClose();
                }, submit);
            },
        },
        chosen, words, submit, h("button.icon-button.small", { type: "button", "aria-label": t("Close"), title: t("Close"), onclick: onClose }, icon("close")));
}
