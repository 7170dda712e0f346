import Testing

@testable import HTTPAPI

struct PageBundleTests {
    private static let document = """
        <link rel="stylesheet" href="{{assets}}/a.css">
        <link rel="stylesheet" href="{{assets}}/b.css">
        <link rel="modulepreload" href="{{assets}}/app.js">
        <link rel="modulepreload" href="{{assets}}/views/chat.js">
        <script type="module" src="{{assets}}/app.js"></script>
        """

    private static func bundled(_ files: [String: String]) -> [String: String] {
        PageBundle.bundled(files.mapValues { PageFile(bytes: Array($0.utf8)) }).mapValues { String(decoding: $0.bytes, as: UTF8.self) }
    }

    private let files = bundled([
        "index.html": document, "a.css": "a {}", "b.css": "b {}", "theme.js": "(() => {})();",
        "app.js": """
        import { chat as shown } from "./views/chat.js";
        export async function restart() {}
        const load = async () => (await import("./views/chat.js")).chat;
        const late = () => import("./views/late.js");
        const table = () => import(`./i18n/${name}.js`);
        """,
        "views/chat.js": """
        import { restart } from "../app.js";
        export const chat = 1;
        export class Chat {}
        export async function* events() {}
        const library = () => import("../vendor/x.js");
        """,
        "views/late.js": """
        import { chat, Chat as View } from "./chat.js";
        import { other } from "./other.js";
        const app = () => import("../app.js");
        export const late = chat;
        """,
    ])

    @Test func `the document asks for one script and one sheet`() {
        #expect(
            files["index.html"] == """
                <link rel="stylesheet" href="{{assets}}/bundle.css">
                <script type="module" src="{{assets}}/bundle.js"></script>
                """)
        #expect(files["bundle.css"] == "a {}\nb {}")
        #expect(Set(files.keys) == ["index.html", "bundle.css", "bundle.js", "theme.js", "views/late.js"])
        #expect(files["theme.js"] == "(() => {})();")
    }

    @Test func `modules become functions that give their exports`() {
        #expect(
            files["bundle.js"] == """
                const made = [];
                export const module = (number) => (made[number] ??= makers[number]());
                const makers = [
                // app.js
                (() => {
                const { chat: shown } = module(1);
                async function restart() {}
                const load = async () => (await Promise.resolve().then(() => module(1))).chat;
                const late = () => import("./views/late.js");
                const table = () => import(`./i18n/${name}.js`);
                return { restart };
                }),
                // views/chat.js
                (() => {
                const { restart } = module(0);
                const chat = 1;
                class Chat {}
                async function* events() {}
                const library = () => import("./vendor/x.js");
                return { chat, Chat, events };
                }),
                ];
                module(0);

                """)
    }

    @Test func `other modules take theirs from the bundle, so that each exists once`() {
        #expect(
            files["views/late.js"] == """
                import { module } from "../bundle.js";
                const { chat, Chat: View } = module(1);
                import { other } from "./other.js";
                const app = () => import("../bundle.js").then((bundle) => bundle.module(0));
                export const late = chat;
                """)
    }

    @Test(arguments: ["<script src=\"x.js\"></script>", "<link rel=\"modulepreload\" href=\"{{assets}}/app.js\">"])
    func `a document that names no modules stays as it is`(document: String) {
        #expect(
            Self.bundled(["index.html": document, "app.js": "export const x = 1;"]) == ["index.html": document, "app.js": "export const x = 1;"])
    }

    @Test func `the program's own page is put together whole`() throws {
        let bundled = PageBundle.bundled(EmbeddedPage.files())
        let script = try #require(bundled["bundle.js"].map { String(decoding: $0.bytes, as: UTF8.self) })
        // Nothing is left of the forms that a function cannot hold, and every name that is asked for is given.
        #expect(!script.split(separator: "\n").contains { $0.hasPrefix("import ") })
        #expect(script.split(separator: "\n").count { $0.hasPrefix("export ") } == 1)
        for file in bundled where file.key.hasSuffix(".js") && file.key != "bundle.js" {
            let text = String(decoding: file.value.bytes, as: UTF8.self)
            for line in text.split(separator: "\n") where line.hasPrefix("import { ") && line.contains("\"./") {
                let name = line.split(separator: "\"")[1].dropFirst(2)
                let folder = file.key.split(separator: "/").dropLast().joined(separator: "/")
                #expect(bundled[(folder.isEmpty ? "" : folder + "/") + name] != nil, "\(file.key): \(line)")
            }
        }
    }
}
