/** What is attached to a question: files, pictures and collections. */
import { h } from "../../dom.js";
import { icon } from "../../icons.js";
import { t } from "../../i18n.js";
import { fileProgress } from "../../parts/progress.js";
import { toast } from "../../parts/toast.js";

const largestPicture = 8_000_000;

const isPicture = (file) => /^image\/(png|jpeg|gif|webp)$/.test(file.type);

/** Pictures are shown when they come with the message or from this server. */
const ownPicture = /^(data:image\/|\/api\/v1\/files\/[\w-]+\/content$)/;

/** Chips of what a question came with. */
export const attachedChips = (files) =>
    h(
        "ul.chips",
        files.map((file) =>
            h(
                "li",
                file.type === "image" && ownPicture.test(file.url ?? "") ? h("img.picture", { src: file.url, alt: file.name ?? t("Picture") })
                : /^https?:\/\//.test(file.url ?? "") ? h("a.chip", { href: file.url, target: "_blank", rel: "noopener noreferrer" }, icon("link"), h("span", file.name ?? file.url))
                : file.type === "file" ? h("a.chip", { href: `/api/v1/files/${encodeURIComponent(file.id)}/content`, target: "_blank", rel: "noopener" }, icon("file"), h("span", file.name ?? t("File")))
                : h("span.chip", icon("book"), h("span", file.name ?? t("Collection"))))));

/** The attachments of the question that is being written. */
export function attachments(onChange) {
    const element = h("div.attachments", { hidden: true });
    let items = [];

    function changed() {
        element.hidden = !items.length;
        onChange();
    }

    function add(item) {
        items.push(item);
        element.append(item.element);
        changed();
        return item;
    }

    const drop = (item) => {
        items = items.filter((other) => other !== item);
        item.element.remove();
        changed();
    };

    const removal = (item, name) => h("button.icon-button.small", { type: "button", "aria-label": t("Remove {name}", { name }), onclick: () => drop(item) }, icon("close"));

    async function addPicture(file) {
        if (file.size > largestPicture) return toast(t("{name} is too large for a picture.", { name: file.name }), "error");
        const url = await new Promise((resolve) => {
            const reader = new FileReader();
            reader.onload = () => resolve(reader.result);
            reader.readAsDataURL(file);
        });
        const item = { status: "completed", wire: { type: "image", url, name: file.name } };
        item.element = h("div.picture-item", h("img.picture", { src: url, alt: file.name }), removal(item, file.name));
        add(item);
    }

    return {
        element,
        addFiles(files) {
            for (const file of files) {
                if (isPicture(file)) {
                    addPicture(file);
                    continue;
                }
                const item = fileProgress(file, { compact: true, onRemove: (removed) => drop(removed), onDone: changed });
                add(item);
                item.start();
            }
        },
        addReference(type, id, name) {
            if (items.some((item) => item.wire?.id === id)) return;
            const item = { status: "completed", wire: { type, id, name } };
            item.element = h("div.chip.removable", icon(type === "collection" ? "book" : "file"), h("span", name), removal(item, name));
            add(item);
        },
        get isBusy() {
            return items.some((item) => item.status !== "completed" && item.status !== "failed");
        },
        get count() {
            return items.length;
        },
        /** What goes with the question; the list is empty afterwards. Failed files are left out. */
        take() {
            const wires = items.filter((item) => item.status === "completed").map((item) => item.wire ?? { type: "file", id: item.file.id, name: item.name });
            for (const item of items) item.element.remove();
            items = [];
            changed();
            return wires;
        },
    };
}
