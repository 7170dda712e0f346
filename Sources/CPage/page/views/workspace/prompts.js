/** Prompts: texts that people put into their messages by `/` and a word. */
import { del, get, post, query } from "../../api.js";
import { h } from "../../dom.js";
import { icon } from "../../icons.js";
import { ago, t } from "../../i18n.js";
import { copyButton } from "../../parts/copy.js";
import { confirmed, openDialog } from "../../parts/dialog.js";
import { empty } from "../../parts/field.js";
import { cardListing } from "../../parts/listing.js";
import { moreButton } from "../../parts/menu.js";
import { attempt } from "../../parts/toast.js";
import { session } from "../../session.js";
import { accessTag } from "../knowledge/collections.js";
import { commandOf, editPrompt } from "./prompt-editor.js";

export async function promptsSection() {
    const { search, cards, place, load, reload } = cardListing({
        label: t("Search prompts"), noMatch: t("No prompt matches."), card: (prompt) => card(prompt),
        ask: (text, page) => get("/api/v1/prompts/list" + query({ query: text, page })),
        nothing: () => empty(icon("slash"), t("No prompts yet"), t("Keep a text that you need often, and put it into a message by typing / and its command."), makeButton()),
    });
    const edit = async (prompt) => {
        if (await attempt(() => editPrompt(prompt))) reload();
    };
    const makeButton = () => h("button.button.primary", { type: "button", onclick: () => edit(null) }, icon("plus"), t("New prompt"));

    function card(prompt) {
        const isWritable = prompt.write_access !== false;
        return h(
            "li.card", h("button.card-title", { type: "button", onclick: () => (isWritable ? edit(prompt) : showPrompt(prompt)) }, prompt.name), h("p", h("code", commandOf(prompt))), h("p", prompt.content.slice(0, 300)),
            h(
                "div.card-foot", prompt.is_active === false ? h("span.tag.warn", t("Off")) : null, prompt.tags.map((tag) => h("span.tag", tag)), isWritable ? accessTag(prompt) : h("span.tag", t("Shared")),
                prompt.user && prompt.user.id !== session.user.id ? h("span", prompt.user.name) : null, h("span", ago(prompt.updated_at))),
            isWritable ? moreButton(t("Actions for {title}", { title: prompt.name }), () => actions(prompt)) : null);
    }

    const actions = (prompt) => [
        { label: t("Edit"), icon: "edit", run: () => edit(prompt) },
        {
            label: prompt.is_active === false ? t("Switch on") : t("Switch off"), icon: "check",
            run: () => attempt(async () => {
                await post(`/api/v1/prompts/id/${prompt.id}/toggle`);
                await reload();
            }),
        },
        {
            label: t("Delete"), icon: "trash", danger: true,
            run: async () => {
                if (!(await confirmed(t("Delete the prompt?"), t("“{title}” will be gone for good.", { title: prompt.name })))) return;
                attempt(async () => {
                    await del(`/api/v1/prompts/id/${prompt.id}/delete`);
                    await reload();
                });
            },
        },
    ];

    await load();
    return [h("div.section-head", h("p.muted", t("Texts that are put into a message by typing / and their command.")), makeButton()), search, cards, place];
}

/** For those who may only read it. */
const showPrompt = (prompt) =>
    openDialog(prompt.name, (close) => [
        h("p", h("code", commandOf(prompt))), h("p.pre", prompt.content),
        h("div.dialog-actions", copyButton(() => prompt.content, { label: t("Copy the prompt") }), h("button.button.primary", { type: "button", autofocus: true, onclick: () => close() }, t("Done"))),
    ], { wide: true });
