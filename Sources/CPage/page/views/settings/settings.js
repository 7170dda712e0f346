import { t } from "../../i18n.js";
import { mayRemember } from "../../session.js";
import { sectionsView } from "../sections.js";

export const settingsView = ({ section }) =>
    sectionsView(t("Settings"), "/settings", [
        { id: "account", label: t("Account"), icon: "user", load: async () => (await import("./account.js")).accountSection },
        { id: "interface", label: t("Interface"), icon: "globe", load: async () => (await import("./interface.js")).interfaceSection },
        ...(mayRemember() ? [{ id: "memory", label: t("Memory"), icon: "bookmark", load: async () => (await import("./memory.js")).memorySection }] : []),
        { id: "tools", label: t("Tools"), icon: "tool", load: async () => (await import("./plugins.js")).pluginsSection },
        { id: "usage", label: t("Usage"), icon: "chart", load: async () => (await import("../admin/usage.js")).ownUsageSection },
    ], section);
