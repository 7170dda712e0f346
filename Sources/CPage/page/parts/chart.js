import { svg } from "../dom.js";
import { number } from "../i18n.js";

/**
 * Bars, one for each day or thing.
 * @param {{label: string, value: number}[]} items
 * @param {string} title read out in the chart's place; the figures stand in a table beside it.
 */
export function barChart(items, title) {
    // Letters keep their size on a narrow screen.
    const [width, height, left, bottom, top] = [innerWidth < 600 ? 380 : 720, 200, 46, 22, 8];
    const most = Math.max(1, ...items.map((item) => item.value));
    const step = niceStep(most / 3);
    const ceiling = Math.ceil(most / step) * step;
    const y = (value) => top + (height - top - bottom) * (1 - value / ceiling);
    const room = (width - left) / Math.max(items.length, 1);
    const lines = [];
    for (let value = 0; value <= ceiling + step / 2; value += step) {
        lines.push(
            svg("line", { class: "grid", x1: left, x2: width, y1: y(value), y2: y(value) }),
            svg("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, number(value, { notation: "compact" })));
    }
    // Not more names than fit beside each other.
    const every = Math.ceil(items.length / (width / 72));
    return svg(
        "svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title }, lines,
        items.map((item, index) => {
            const size = Math.max(2, Math.min(40, room * 0.7));
            const x = left + room * index + (room - size) / 2;
            return [
                svg("rect", { class: "bar", x, y: y(item.value), width: size, height: Math.max(0, y(0) - y(item.value)), rx: Math.min(3, size / 2) }, svg("title", {}, `${item.label}: ${number(item.value)}`)),
                index % every === 0 ? svg("text", { x: x + size / 2, y: height - 6, "text-anchor": "middle" }, item.label) : null,
            ];
        }));
}

function niceStep(rough) {
    const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
    return [1, 2, 5, 10].find((factor) => factor * power >= rough) * power;
}
