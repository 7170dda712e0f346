// Runs before anything is painted, so that a chosen theme does not flash.
(() => {
    let theme = null;
    try {
        theme = localStorage.getItem("theme");
    } catch {
        // Storage may be forbidden: the system's theme it is.
    }
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
