import Domain

/// The headings of a PDF document: the entries of its own outline where it has one, else lines that stand out by their
/// size or, alone and in bold, from the text around them.
struct PDFHeadings {
    /// By page, in reading order.
    private var pages: [Int: [Heading]] = [:]

    struct Heading: Hashable {
        var level: Int
        var title: String
    }

    /// - Parameters:
    ///   - outline: the document's own, with the page of each entry.
    ///   - lines: what may be a heading, in the order of the pages; see `PDFLineStatistics`.
    init(outline: [(page: Int, heading: Heading)], statistics: PDFLineStatistics) {
        let known =
            outline.isEmpty
            ? [:] : Dictionary(grouping: statistics.lines, by: \.page).mapValues { $0.map { Self.key($0.text) }.joined(separator: "\n") }
        let told = outline.filter { known[$0.page]?.contains(Self.key($0.heading.title)) == true }
        // An outline whose words are not those of the pages (`Slide 3`) helps nobody.
        if told.count > 1, told.count * 2 >= outline.count {
            for (page, heading) in told { pages[page, default: []].append(heading) }
        } else {
            for (page, heading) in statistics.headings() { pages[page, default: []].append(heading) }
        }
    }

    /// Marks them in the text of a page. One that cannot be found there is left out.
    /// - Parameter page: from 0.
    func mark(_ run: TextRun, page: Int) -> TextRun {
        guard let headings = pages[page] else { return run }
        var run = run
        // Rows of a table may be as large and bold as a heading.
        let lines = Self.lines(of: run.text).filter { line in !run.tables.contains { $0.offset <= line.offset && line.offset < $0.end } }
        var next = 0
        for heading in headings {
            let wanted = Self.key(heading.title)
            guard let found = (next..<lines.count).first(where: { Self.stands(wanted, at: $0, in: lines) }) else { continue }
            run.headings.append(TextRun.Heading(level: heading.level, title: heading.title, offset: lines[found].offset))
            next = found + 1
        }
        return run
    }

    private struct Line {
        var offset: Int
        var key: String
    }

    /// Those with words. Offsets in Unicode scalars.
    private static func lines(of text: String) -> [Line] {
        var lines: [Line] = []
        var offset = 0
        for line in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
            let key = key(String(line))
            if !key.isEmpty { lines.append(Line(offset: offset, key: key)) }
            offset += line.count + 1
        }
        return lines
    }

    /// A heading may have been broken, or set in two fonts and so torn into several lines.
    private static func stands(_ wanted: String, at index: Int, in lines: [Line]) -> Bool {
        var text = ""
        for line in lines[index...].prefix(4) {
            // Outlines often leave the numbers out: `2.1 Naming` is `Naming` there.
            text +=
                text.isEmpty && line.key.first?.isNumber == true && wanted.first?.isNumber == false
                ? String(line.key.drop { $0.isNumber || $0 == "." }) : line.key
            if text == wanted { return true }
            if text.isEmpty || !wanted.hasPrefix(text) { return false }
        }
        return false
    }

    /// The two programs do not agree about white space.
    private static func key(_ text: String) -> String { String(text.unicodeScalars.filter { !$0.properties.isWhitespace && $0 != "|" }) }
}
