import { svg } from "./dom.js";

/** Outlines on a 24 by 24 grid, drawn with the colour of the text around them. */
const paths = {
    plus: "M12 5v14M5 12h14",
    search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM20 20l-4-4",
    menu: "M4 6h16M4 12h16M4 18h16",
    more: "M5 12h.01M12 12h.01M19 12h.01",
    close: "M6 6l12 12M18 6L6 18",
    check: "M5 12.5l4.5 4.5L19 7.5",
    copy: "M9 9h10v11H9zM5 15V4h10",
    edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
    trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v6M14 11v6",
    pin: "M9 4h6l-1 6 4 4H6l4-4zM12 14v6",
    folder: "M3 6h6l2 2h10v11H3z",
    archive: "M3 5h18v4H3zM5 9v10h14V9M10 13h4",
    send: "M12 20V5M6 11l6-6 6 6",
    stop: "M7 7h10v10H7z",
    attach: "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4L14.5 7",
    retry: "M20 11a8 8 0 1 0-.6 4M20 4v7h-7",
    left: "M15 5l-7 7 7 7",
    right: "M9 5l7 7-7 7",
    down: "M6 9l6 6 6-6",
    up: "M6 15l6-6 6 6",
    book: "M4 5a2 2 0 0 1 2-2h13v16H6a2 2 0 0 0-2 2zM4 19V5M19 19v2H6a2 2 0 0 1-2-2",
    cube: "M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9",
    gear: "M12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM19 12l2-1-1-3-2.2.3-1.5-1.5L16.500 4.500 13.500 3.500 12 5.500 10.500 3.500 7.500 4.500 7.700 6.800 6.200 8.300 4 8l-1 3 2 1-2 1 1 3 2.200-.3 1.500 1.500-.2 2.300 3 1 1.500-2 1.500 2 3-1-.2-2.300 1.500-1.500L20 16l1-3z",
    shield: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z",
    user: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4 20c1-4 4-6 8-6s7 2 8 6",
    users: "M9 5a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7zM2.500 19c.5-3.500 3-5 6.500-5s6 1.500 6.500 5M16 5.500a3 3 0 0 1 0 6M18 14.500c2 .5 3.200 2 3.500 4.500",
    key: "M8 11a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM11 13l8-8M16 8l3 3",
    plug: "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
    file: "M6 3h8l4 4v14H6zM14 3v4h4",
    chart: "M4 20V4M4 20h16M8 16v-5M12 16V8M16 16v-3",
    pulse: "M3 12h4l3-8 4 16 3-8h4",
    log: "M6 4h12v16H6zM9 8h6M9 12h6M9 16h4",
    code: "M8 7l-5 5 5 5M16 7l5 5-5 5",
    sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.400 1.400M17.600 17.600 19 19M5 19l1.400-1.400M17.600 6.400 19 5",
    moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500z",
    out: "M14 4h5v16h-5M10 8l-4 4 4 4M6 12h10",
    alert: "M12 4l9 16H3zM12 10v4M12 17h.01",
    info: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 11v5M12 8h.01",
    globe: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
    download: "M12 4v11M7 10l5 5 5-5M5 20h14",
    link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1.500 1.500M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1.500-1.500",
    tool: "M14.5 6.5a4 4 0 0 1 5-1.800l-2.700 2.700 1.800 1.800 2.700-2.700a4 4 0 0 1-5.300 5L9 18.500a2.100 2.100 0 0 1-3-3l7-7a4 4 0 0 1 1.500-2z",
    slash: "M4 4h16v16H4zM14 8l-4 8",
    bookmark: "M6 4h12v16l-6-4.500L6 20z",
    good: "M4 11h3v9H4zM7 11l4-7.500a2 2 0 0 1 2.500 2.500l-.8 4H18a2 2 0 0 1 2 2.400l-1.300 6A2 2 0 0 1 16.700 20H7",
    bad: "M4 13h3V4H4zM7 13l4 7.500a2 2 0 0 0 2.500-2.500l-.8-4H18a2 2 0 0 0 2-2.400l-1.300-6A2 2 0 0 0 16.700 4H7",
    sparkle: "M12 3l2 6 6 2-6 2-2 6-2-6-6-2 6-2z",
};

/** A picture that says nothing to those who listen: the control around it has a name. */
export function icon(name) {
    return svg(
        "svg",
        {
            class: "icon", viewBox: "0 0 24 24", width: 20, height: 20, fill: "none", stroke: "currentColor", "stroke-width": name === "more" ? 3 : 1.7,
            "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true", focusable: "false",
        },
        svg("path", { d: paths[name] ?? paths.info }));
}

/** The mark of the house: a cloud and the sun. */
export function logo() {
    return svg(
        "svg", { class: "logo", viewBox: "0 0 32 32", width: 28, height: 28, "aria-hidden": "true", focusable: "false" },
        svg("rect", { width: 32, height: 32, rx: 8, fill: "#0b66c3" }), svg("circle", { cx: 21, cy: 11.5, r: 4.2, fill: "#ffd56b" }),
        svg("path", { d: "M9.5 24.5a5 5 0 0 1-.4-10 6.5 6.5 0 0 1 12.3 1.7 4.2 4.2 0 0 1-.6 8.3z", fill: "#fff" }));
}
