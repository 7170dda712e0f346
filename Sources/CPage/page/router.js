/** Addresses of the page, with the browser's history. */

let routes = [];
let render = () => {};
let leave = null;

/**
 * @param {[string, Function][]} table patterns like `/c/:id` and what shows them; `*` at the end takes the rest.
 * @param {(show: Function, parameters: object) => void} onChange shows what belongs to the address.
 */
export function startRouter(table, onChange) {
    routes = table.map(([pattern, show]) => [pattern.split("/").filter(Boolean), show]);
    render = onChange;
    addEventListener("popstate", () => update());
    document.addEventListener("click", (event) => {
        const link = event.target.closest?.("a[href]");
        if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        if (link.target || link.origin !== location.origin || link.hasAttribute("download") || !match(link.pathname)) return;
        event.preventDefault();
        navigate(link.pathname + link.search);
    });
    update();
}

function match(path) {
    const components = path.split("/").filter(Boolean);
    for (const [pattern, show] of routes) {
        const open = pattern.at(-1) === "*";
        if (open ? components.length < pattern.length - 1 : components.length !== pattern.length) continue;
        const parameters = {};
        const fits = pattern.every((part, index) => {
            if (part === "*") return true;
            if (part.startsWith(":")) {
                try {
                    parameters[part.slice(1)] = decodeURIComponent(components[index]);
                } catch {
                    return false;
                }
                return true;
            }
            return part === components[index];
        });
        if (fits) return { show, parameters };
    }
    return null;
}

/** `work` runs once, before the next view is shown: for closing streams and timers. */
export const whenLeaving = (work) => {
    const earlier = leave;
    leave = () => {
        earlier?.();
        work();
    };
};

export function update() {
    const left = leave;
    leave = null;
    left?.();
    const found = match(location.pathname);
    render(found?.show ?? null, found?.parameters ?? {});
}

export function navigate(path, { replace = false } = {}) {
    if (path !== location.pathname + location.search) history[replace ? "replaceState" : "pushState"](null, "", path);
    update();
}

/** Changes the address without showing anything anew. */
export const rename = (path) => history.replaceState(null, "", path);
