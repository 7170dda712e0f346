import { h, replace } from "../dom.js";
import { icon, logo } from "../icons.js";
import { language, languages, setLanguage, t } from "../i18n.js";
import { post } from "../api.js";
import { field, textInput } from "../parts/field.js";
import { restart } from "../app.js";
import { rename } from "../router.js";
import { session } from "../session.js";

/** Sign-in; the first administrator's account; sign-up where that is open. */
export function signInView(onSignedIn) {
    const isFirst = Boolean(session.config.onboarding);
    const card = h("div.gate-card");
    showForm(card, isFirst ? "first" : "in", onSignedIn);
    return h("main.gate", card, languageChoice());
}

const languageChoice = () =>
    h(
        "nav.gate-languages", { "aria-label": t("Language") },
        Object.entries(languages).map(([key, name]) =>
            h("button.link", {
                type: "button", lang: key, "aria-current": key === language() ? "true" : null,
                onclick: async () => {
                    await setLanguage(key);
                    restart();
                },
            }, name)));

/** What a sign-in at a provider failed with; the server sends the browser back here. */
function refusedElsewhere() {
    const reason = location.pathname === "/auth" ? new URLSearchParams(location.search).get("error") : null;
    if (reason) rename("/auth");
    return (reason ?? "").slice(0, 300);
}

const titles = { first: "Welcome", in: "Sign in", up: "Create an account" };

function showForm(card, kind, onSignedIn) {
    const { features, name, oauth } = session.config;
    const makesAccount = kind !== "in";
    const person = textInput("", { name: "name", autocomplete: "name", required: true, maxlength: 100 });
    const email = textInput("", { type: "email", name: "email", autocomplete: "username", required: true });
    const password = textInput("", {
        type: "password", name: "password", required: true, autocomplete: makesAccount ? "new-password" : "current-password", minlength: makesAccount ? 8 : null,
    });
    const refusal = kind === "in" ? refusedElsewhere() : "";
    const problem = h("p.form-problem", { role: "alert", hidden: true });
    const submit = h("button.button.primary.full", { type: "submit" }, makesAccount ? t("Create account") : t("Sign in"));
    const form = h(
        "form.form", {
            onsubmit: async (event) => {
                event.preventDefault();
                problem.hidden = true;
                submit.disabled = true;
                submit.setAttribute("aria-busy", "true");
                try {
                    const fields = { email: email.value.trim(), password: password.value };
                    await post(`/api/v1/auths/sign${makesAccount ? "up" : "in"}`, makesAccount ? { ...fields, name: person.value.trim() } : fields);
                    await onSignedIn();
                } catch (error) {
                    problem.textContent = error.message;
                    problem.hidden = false;
                    password.focus();
                } finally {
                    submit.disabled = false;
                    submit.removeAttribute("aria-busy");
                }
            },
        },
        makesAccount ? field(t("Name"), person) : null, field(t("E-mail"), email),
        field(t("Password"), password, makesAccount ? t("At least 8 characters.") : null), problem, submit);
    const providers = Object.entries(oauth?.providers ?? {});
    const withForm = features.enable_login_form !== false || kind === "first";
    replace(
        card, logo(), h("h1", t(titles[kind])),
        h("p.muted", kind === "first" ? t("{name} is running. This first account becomes its administrator.", { name }) : t("to go on to {name}", { name })),
        refusal ? h("div.notice.error", { role: "alert" }, icon("alert"), h("p", refusal)) : null, withForm ? form : null,
        providers.length && withForm ? h("p.divider", h("span", t("or"))) : null,
        providers.map(([key, label]) => h("a.button.full", { href: `/oauth/${encodeURIComponent(key)}/login`, target: "_self" }, t("Continue with {provider}", { provider: label || key }))),
        kind === "in" && features.enable_signup
            ? h("p.muted", t("No account yet?"), " ", h("button.link", { type: "button", onclick: () => showForm(card, "up", onSignedIn) }, t("Create one")))
            : null,
        kind === "up"
            ? h("p.muted", t("You have an account?"), " ", h("button.link", { type: "button", onclick: () => showForm(card, "in", onSignedIn) }, t("Sign in")))
            : null);
    // Not on a phone, where the keyboard would cover the page.
    if (matchMedia("(pointer: fine)").matches) requestAnimationFrame(() => (makesAccount ? person : email).focus());
}
