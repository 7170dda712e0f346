import Domain

/// One line of a page as `pdftohtml -xml` places it: text in one size, alone on its height.
struct PDFLayoutLine: Hashable {
    /// From 0.
    var page: Int
    /// Pixels of the page at 108 dots an inch, from its top.
    var top: Int
    var height: Int
    /// Of the font, in the same unit.
    var size: Int
    /// Every letter is bold.
    var isBold: Bool
    /// White space as on the page.
    var text: String
}

/// Reads the lines that `pdftohtml -xml` prints: a `<fontspec>`, a `<text>`, a `<page>` or an `<item>` of the outline each.
///
/// Not an XML reader: Poppler does not close all the tags it opens inside of `<text>`, and never breaks these lines.
struct PDFLayoutScanner {
    private var sizes: [Substring: Int] = [:]
    private var page = 0
    private var parts: [Part] = []
    private var rest: [UInt8] = []
    private var depth = 0

    /// What stands on one line in one font.
    private struct Part {
        var top: Int
        var left: Int
        var width: Int
        var height: Int
        var size: Int
        var isBold: Bool
        var text: String
    }

    enum Found {
        case line(PDFLayoutLine)
        /// An entry of the document's own outline; 1 is the highest, pages from 0.
        case entry(level: Int, page: Int, title: String)
    }

    private static let longestLine = 1 << 16

    mutating func add(_ bytes: [UInt8], found: (Found) -> Void) {
        var start = 0
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            if rest.count < Self.longestLine { rest += bytes[start..<end] }
            read(String(decoding: rest, as: UTF8.self), found: found)
            rest = []
            start = end + 1
        }
        if rest.count < Self.longestLine { rest += bytes[start...] }
    }

    mutating func finish(found: (Found) -> Void) { endLine(found: found) }

    private mutating func read(_ line: String, found: (Found) -> Void) {
        let line = line.drop { $0 == "\t" || $0 == " " }
        if line.hasPrefix("<text ") {
            readText(line, found: found)
        } else if line.hasPrefix("<fontspec "), let id = attribute("id", of: line), let size = number("size", of: line) {
            sizes[id] = size
        } else if line.hasPrefix("<page ") {
            endLine(found: found)
            page = (number("number", of: line) ?? 1) - 1
        } else if line.hasPrefix("<outline>") {
            endLine(found: found)
            depth += 1
        } else if line.hasPrefix("</outline>") {
            depth -= 1
        } else if line.hasPrefix("<item"), depth > 0, let title = content(of: line) {
            let title = plain(title).text.collapsingWhiteSpace
            if let page = number("page", of: line), !title.isEmpty { found(.entry(level: depth, page: page - 1, title: title)) }
        }
    }

    private mutating func readText(_ line: Substring, found: (Found) -> Void) {
        guard let top = number("top", of: line), let left = number("left", of: line), let width = number("width", of: line),
            let height = number("height", of: line), let font = attribute("font", of: line), let size = sizes[font],
            let content = content(of: line)
        else { return }
        let (text, isBold) = plain(content)
        // Fonts of one line differ in where they begin, not in where their middle is.
        if let last = parts.last, abs(2 * last.top + last.height - 2 * top - height) > max(last.height, height) { endLine(found: found) }
        parts.append(Part(top: top, left: left, width: width, height: height, size: size, isBold: isBold, text: text))
    }

    private mutating func endLine(found: (Found) -> Void) {
        defer { parts = [] }
        let worded = parts.filter { !$0.text.allSatisfy(\.isWhitespace) }
        guard let first = worded.first else { return }
        // With a gap in between it is a row of a table, or lines of two columns.
        for (part, next) in zip(parts, parts.dropFirst()) where next.left - part.left - part.width > 2 * part.size || next.left < part.left {
            return
        }
        found(
            .line(
                PDFLayoutLine(
                    page: page, top: first.top, height: worded.map(\.height).max() ?? first.height, size: size(of: worded),
                    isBold: worded.allSatisfy(\.isBold), text: parts.map(\.text).joined())))
    }

    /// The largest, but for a single large initial.
    private func size(of parts: [Part]) -> Int {
        let words = parts.filter { $0.text.count { !$0.isWhitespace } > 1 }
        return (words.isEmpty ? parts : words).map(\.size).max() ?? 0
    }

    // MARK: A line

    private func attribute(_ name: String, of line: Substring) -> Substring? {
        guard let start = line.firstRange(of: " \(name)=\"") else { return nil }
        let value = line[start.upperBound...]
        return value.firstIndex(of: "\"").map { value[..<$0] }
    }

    private func number(_ name: String, of line: Substring) -> Int? { attribute(name, of: line).flatMap { Int($0) } }

    private func content(of line: Substring) -> Substring? {
        guard let start = line.firstIndex(of: ">") else { return nil }
        let text = line[line.index(after: start)...]
        return (text.firstRange(of: "</text>") ?? text.firstRange(of: "</item>")).map { text[..<$0.lowerBound] } ?? text
    }

    /// Without tags, with entities replaced; bold when the whole is inside of `<b>`.
    private func plain(_ content: Substring) -> (text: String, isBold: Bool) {
        var text = ""
        var rest = content
        while let special = rest.firstIndex(where: { $0 == "<" || $0 == "&" }) {
            text += rest[..<special]
            let isTag = rest[special] == "<"
            guard let end = rest[special...].firstIndex(of: isTag ? ">" : ";") else {
                rest = rest[special...]
                break
            }
            if !isTag { text += Self.entities[rest[rest.index(after: special)..<end]] ?? "" }
            rest = rest[rest.index(after: end)...]
        }
        text += rest
        return (text, content.hasPrefix("<b>") || content.hasPrefix("<i><b>"))
    }

    private static let entities: [Substring: String] = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "#160": " "]
}
