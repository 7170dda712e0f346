import { t } from "../../i18n.js";
import { sectionsView } from "../sections.js";

export const adminView = ({ section }) =>
    sectionsView(t("Administration"), "/admin", [
        { id: "health", label: t("Health"), icon: "pulse", load: async () => (await import("./health.js")).healthSection },
        { id: "users", label: t("People"), icon: "user", load: async () => (await import("./users.js")).usersSection },
        { id: "groups", label: t("Groups"), icon: "users", load: async () => (await import("./groups.js")).groupsSection },
        { id: "connections", label: t("Connections"), icon: "plug", load: async () => (await import("./connections.js")).connectionsSection },
        { id: "models", label: t("Models"), icon: "cube", load: async () => (await import("./models.js")).modelsSection },
        { id: "documents", label: t("Documents"), icon: "file", load: async () => (await import("./documents.js")).documentsSection },
        { id: "functions", label: t("Functions"), icon: "code", load: async () => (await import("./plugins.js")).functionsSection },
        { id: "tools", label: t("Tools"), icon: "tool", load: async () => (await import("./plugins.js")).toolsSection },
        { id: "usage", label: t("Usage"), icon: "chart", load: async () => (await import("./usage.js")).usageSection },
        { id: "audit", label: t("Audit"), icon: "log", load: async () => (await import("./audit.js")).auditSection },
        { id: "general", label: t("General"), icon: "gear", load: async () => (await import("./general.js")).generalSection },
    ], section);
