/** Whether an answer was good: two buttons under it, and a line for why. */
import { h, replace } from "../../dom.js";
import { icon } from "../../icons.js";
import { t } from "../../i18n.js";
import { attempt } from "../../parts/toast.js";
import { may, session } from "../../session.js";

/**
 * @param {(id: string) => string | null} baseModel the model behind a workspace model.
 * @returns `{buttons, place}`; both empty where answers are not rated.
 */
export function rating(message, conversation, baseModel) {
    const isOn = session.config.features.enable_message_rating === true && may("chat", "rate_response") && conversation.id && message.content;
    if (!isOn) return { buttons: [], place: null };
    const place = h("div.rating");
    const buttons = [[1, "good", t("Good answer")], [-1, "bad", t("Bad answer")]].map(([value, picture, label]) => {
        const button = h("button.icon-button.small.rate", { type: "button", "aria-label": label, title: label, onclick: () => press(value) }, icon(picture));
        button.value = value;
        return button;
    });
    let isBusy = false;

    const show = () => buttons.forEach((button) => button.setAttribute("aria-pressed", String(Number(message.annotation?.rating) === Number(button.value))));

    /** The pressed one takes the rating back. */
    async function press(value) {
        if (isBusy || conversation.isAnswering) return;
        isBusy = true;
        await attempt(async () => {
            const feedback = await import("./feedback.js");
            if (Number(message.annotation?.rating) === value) {
                await feedback.withdraw(message, conversation);
                replace(place);
            } else {
                await feedback.rate(message, conversation, baseModel, value);
                replace(place, feedback.reasonForm(message, conversation, baseModel, () => {
                    replace(place);
                    buttons.find((button) => button.getAttribute("aria-pressed") === "true")?.focus();
                }));
            }
        });
        isBusy = false;
        show();
    }

    show();
    return { buttons, place };
}
