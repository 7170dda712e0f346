/** Files that are dropped, pasted or picked; dropped folders are walked. */

async function entriesOf(directory) {
    const reader = directory.createReader();
    const all = [];
    for (;;) {
        const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
        if (!some.length) return all;
        all.push(...some);
    }
}

async function walk(entry, folder, found) {
    if (entry.isDirectory) {
        for (const child of await entriesOf(entry)) await walk(child, folder ? `${folder}/${entry.name}` : entry.name, found);
    } else {
        const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
        // What systems leave behind in folders.
        if (!/^(\.DS_Store|Thumbs\.db|desktop\.ini|\..*)$/.test(file.name)) found.push({ file, folder });
    }
}

/** @returns {Promise<{file: File, folder: string}[]>} `folder` is the path within what was dropped, empty for single files. */
export async function droppedFiles(transfer) {
    // Entries are only there during the event: take them before the first wait.
    const entries = [...(transfer.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    if (!entries.length) return [...transfer.files].map((file) => ({ file, folder: "" }));
    const found = [];
    for (const entry of entries) await walk(entry, "", found);
    return found;
}

export const pickedFiles = (input) =>
    [...input.files].map((file) => ({ file, folder: (file.webkitRelativePath ?? "").split("/").slice(0, -1).join("/") }));

/** Lets files be dropped on `element`; it carries the class `dropping` meanwhile. */
export function acceptDrops(element, onFiles) {
    let depth = 0;
    const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    element.addEventListener("dragenter", (event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        depth += 1;
        element.classList.add("dropping");
    });
    element.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
    element.addEventListener("dragleave", (event) => {
        if (!holdsFiles(event)) return;
        depth = Math.max(0, depth - 1);
        if (!depth) element.classList.remove("dropping");
    });
    element.addEventListener("drop", async (event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        depth = 0;
        element.classList.remove("dropping");
        onFiles(await droppedFiles(event.dataTransfer));
    });
}
