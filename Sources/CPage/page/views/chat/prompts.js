/** Prompts behind `/`. Fetched when the sign is first typed. */
import { get } from "../../api.js";
import { filledIn } from "./variables.js";

const most = 30;
let known = [];

/** Active prompts whose command or name has `text` in it; those that begin with it come first. */
export async function findPrompts(text, isNew) {
    if (isNew) known = await get("/api/v1/prompts/");
    const wanted = text.toLowerCase();
    const found = known.map((prompt) => ({ prompt, command: prompt.command.replace(/^\/+/, "") }))
        .filter(({ prompt, command }) => command.toLowerCase().includes(wanted) || prompt.name.toLowerCase().includes(wanted));
    const isFirst = ({ command }) => Number(command.toLowerCase().startsWith(wanted));
    return found.sort((one, other) => isFirst(other) - isFirst(one) || one.command.localeCompare(other.command)).slice(0, most)
        .map(({ prompt, command }) => ({ picture: "slash", name: prompt.name, note: "/" + command, content: prompt.content }));
}

/** The text of a prompt with everything filled in; `null` when the person did not want to. */
export const writtenOut = ({ name, content }) => filledIn(content, name);
