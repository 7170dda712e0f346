/// Puts what a first visit needs into one script and one style sheet: a browser asks for six files at a time, and each takes a round trip.
///
/// Works on the page's own sources, which are plain: `import { a, b as c } from "./x.js";` on one line, `import("./x.js")`, and `export`
/// before a declaration. A module becomes a function that gives its exports and runs when it is first asked for.
package struct PageBundle {
    /// By path.
    private let sources: [String: String]
    /// Paths of what is put together, in the order in which the document names it.
    private let modules: [String]
    private let styles: [String]
    private let numbers: [String: Int]

    private static let script = "bundle.js"
    private static let sheet = "bundle.css"
    private static let preload = "<link rel=\"modulepreload\" href=\"{{assets}}/"
    private static let style = "<link rel=\"stylesheet\" href=\"{{assets}}/"
    private static let entry = "<script type=\"module\" src=\"{{assets}}/"

    /// The same page in fewer files. What the document does not name stays as it is, but for where its imports come from.
    /// - Returns: `files` as they are when there is no document that names modules.
    package static func bundled(_ files: [String: PageFile]) -> [String: PageFile] {
        guard let document = files["index.html"].map({ String(decoding: $0.bytes, as: UTF8.self) }) else { return files }
        let modules = names(preload, in: document)
        guard let entry = names(Self.entry, in: document).first, modules.contains(entry) else { return files }
        let bundle = PageBundle(
            sources: files.filter { $0.key.hasSuffix(".js") && !$0.key.hasPrefix("vendor/") }.mapValues { String(decoding: $0.bytes, as: UTF8.self) },
            modules: modules, styles: names(style, in: document))
        var bundled = files
        for path in bundle.modules + bundle.styles { bundled[path] = nil }
        for (path, source) in bundle.sources where bundle.numbers[path] == nil { bundled[path] = file(bundle.outside(source, path)) }
        bundled[script] = file(bundle.whole(entry: entry))
        bundled[sheet] = file(
            bundle.styles.compactMap { files[$0] }.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: "\n"))
        bundled["index.html"] = file(head(document))
        // Each once, when it is what it stays.
        return bundled.mapValues { $0.gzipped == nil ? PageFile(bytes: $0.bytes, gzipped: Gzip.compressed($0.bytes)) : $0 }
    }

    private init(sources: [String: String], modules: [String], styles: [String]) {
        self.sources = sources
        self.modules = modules
        self.styles = styles
        numbers = Dictionary(modules.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    private static func file(_ text: String) -> PageFile { PageFile(bytes: Array(text.utf8)) }

    // MARK: The document

    private static func names(_ opening: String, in document: String) -> [String] {
        document.split(separator: "\n").compactMap { line in
            line.hasPrefix(opening) ? String(line.dropFirst(opening.count).prefix { $0 != "\"" }) : nil
        }
    }

    private static func head(_ document: String) -> String {
        var lines: [String] = []
        for line in document.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix(preload) { continue }
            if line.hasPrefix(style) {
                let only = "\(style)\(sheet)\">"
                if !lines.contains(only) { lines.append(only) }
            } else {
                lines.append(line.hasPrefix(entry) ? "\(entry)\(script)\"></script>" : line)
            }
        }
        return lines.joined(separator: "\n")
    }

    // MARK: Scripts

    private func whole(entry: String) -> String {
        var text = "const made = [];\nexport const module = (number) => (made[number] ??= makers[number]());\nconst makers = [\n"
        for path in modules {
            let (body, exports) = inside(sources[path] ?? "", path)
            text += "// \(path)\n(() => {\n\(body)\nreturn { \(exports.joined(separator: ", ")) };\n}),\n"
        }
        return text + "];\nmodule(\(numbers[entry] ?? 0));\n"
    }

    /// The body of a module within the bundle, and what it exports.
    private func inside(_ source: String, _ path: String) -> (body: String, exports: [String]) {
        var lines: [String] = []
        var exports: [String] = []
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            if let (names, from) = Self.statement(line), let number = numbers[Self.resolved(from, path)] {
                lines.append("const { \(Self.destructured(names)) } = module(\(number));")
            } else if line.hasPrefix("export ") {
                let declaration = line.dropFirst("export ".count)
                if let name = Self.name(of: declaration) { exports.append(name) }
                lines.append(String(declaration))
            } else {
                lines.append(String(line))
            }
        }
        return (dynamic(lines.joined(separator: "\n"), path, root: "./", bundleName: nil), exports)
    }

    /// A module that stays a file of its own.
    private func outside(_ source: String, _ path: String) -> String {
        let up = String(repeating: "../", count: path.split(separator: "/").count - 1)
        let bundle = (up.isEmpty ? "./" : up) + Self.script
        var lines: [String] = []
        var usesBundle = false
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            guard let (names, from) = Self.statement(line), let number = numbers[Self.resolved(from, path)] else {
                lines.append(String(line))
                continue
            }
            usesBundle = true
            lines.append("const { \(Self.destructured(names)) } = module(\(number));")
        }
        let text = dynamic(lines.joined(separator: "\n"), path, root: nil, bundleName: bundle)
        return (usesBundle ? "import { module } from \"\(bundle)\";\n" : "") + text
    }

    /// `import("...")` of what is in the bundle, and addresses as seen from the bundle.
    /// - Parameters:
    ///   - root: the bundle's folder as its own code writes it; `nil` for files that stay where they are.
    ///   - bundleName: where files outside find the bundle.
    private func dynamic(_ text: String, _ path: String, root: String?, bundleName: String?) -> String {
        var result = ""
        var rest = text[...]
        while let place = rest.firstRange(of: "import(") {
            result += rest[..<place.lowerBound]
            rest = rest[place.upperBound...]
            guard let quote = rest.first, quote == "\"" || quote == "`", let end = rest.dropFirst().firstIndex(of: quote) else {
                result += "import("
                continue
            }
            let name = String(rest[rest.index(after: rest.startIndex)..<end])
            let resolved = Self.resolved(name, path)
            if quote == "\"", let number = numbers[resolved] {
                let found = bundleName.map { "import(\"\($0)\").then((bundle) => bundle.module(\(number)))" }
                result += found ?? "Promise.resolve().then(() => module(\(number)))"
                rest = rest[rest.index(after: end)...].dropFirst()
            } else {
                result += "import(" + String(quote) + (root.map { $0 + resolved } ?? name) + String(quote)
                rest = rest[rest.index(after: end)...]
            }
        }
        return result + rest
    }

    /// Of `import { names } from "from";`.
    private static func statement(_ line: Substring) -> (names: Substring, from: String)? {
        guard line.hasPrefix("import { "), let close = line.firstRange(of: " } from \""), line.hasSuffix("\";") else { return nil }
        return (line[..<close.lowerBound].dropFirst("import { ".count), String(line[close.upperBound...].dropLast(2)))
    }

    private static func destructured(_ names: Substring) -> String { String(names.replacing(" as ", with: ": ")) }

    /// What `const x = `, `function x(`, `async function* x(` or `class X ` declares.
    private static func name(of declaration: Substring) -> String? {
        let words = declaration.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "$" })
        return words.first { !["const", "async", "function", "class"].contains($0) }.map(String.init)
    }

    /// A path relative to the page's folder.
    private static func resolved(_ name: String, _ path: String) -> String {
        var components = path.split(separator: "/").dropLast().map(String.init)
        for part in name.split(separator: "/") {
            switch part {
            case ".": break
            case "..": _ = components.popLast()
            default: components.append(String(part))
            }
        }
        return components.joined(separator: "/")
    }
}
