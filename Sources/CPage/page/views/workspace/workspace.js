import { t } from "../../i18n.js";
import { may } from "../../session.js";
import { sectionsView } from "../sections.js";

/** What people make for themselves and for others; each part for those who may make such things. */
export const workspaceView = ({ section }) =>
    sectionsView(t("Workspace"), "/workspace", [
        { id: "models", label: t("Models"), icon: "cube", load: async () => (await import("./models.js")).modelsSection },
        { id: "prompts", label: t("Prompts"), icon: "slash", load: async () => (await import("./prompts.js")).promptsSection },
    ].filter(({ id }) => may("workspace", id)), section);
