import Domain

/// Which sizes a document's text has, and the short lines that may be headings. Holds a bounded number of lines,
/// whatever the document's length.
struct PDFLineStatistics {
    private(set) var lines: [PDFLayoutLine] = []
    /// Characters in each size.
    private var characters: [Int: Int] = [:]
    /// How often a line stands at its height of the page, whatever its numbers: running heads come back on every page.
    private var occurrences: [String: Int] = [:]

    private static let longest = 160
    private static let mostLines = 60_000
    private static let mostOccurrences = 2

    mutating func add(_ line: PDFLayoutLine) {
        let text = line.text.collapsingWhiteSpace
        characters[line.size, default: 0] += text.unicodeScalars.count
        guard text.unicodeScalars.count <= Self.longest, lines.count < Self.mostLines, text.contains(where: \.isLetter) else { return }
        var line = line
        line.text = text
        lines.append(line)
        occurrences[Self.place(of: line), default: 0] += 1
    }

    /// Sizes become levels, the largest the first; bold lines in the size of the text come below all of them.
    func headings() -> [(page: Int, heading: PDFHeadings.Heading)] {
        guard let body = characters.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return [] }
        let whole = characters.values.reduce(0, +)
        // What most of a document is set in is no heading, nor is what a sixth of it is set in.
        let large = characters.filter { $0.key * 100 >= body.key * 112 && $0.value * 6 <= whole }
        let levels = Self.levels(of: Set(lines.lazy.filter { large[$0.size] != nil && !isRunningHead($0) }.map(\.size)).sorted(by: >))
        var found: [(line: PDFLayoutLine, level: Int, lines: Int)] = []
        for (index, line) in lines.enumerated() {
            let above = index > 0 && lines[index - 1].page == line.page ? lines[index - 1] : nil
            guard !isRunningHead(line) else { continue }
            let level: Int
            if let order = levels[line.size], line.isBold || line.size * 100 >= body.key * 120 {
                level = order
            } else if line.size == body.key, line.isBold, isAlone(line, below: above), Self.readsLikeHeading(line.text) {
                level = min((levels.values.max() ?? 0) + 1, 6)
            } else {
                continue
            }
            // The second line of a long heading.
            if let last = found.last, let above, last.line.page == line.page, last.level == level, last.line.text.hasSuffix(above.text),
                line.top - above.top <= above.height * 9 / 5, line.top > above.top
            {
                found[found.count - 1].line.text += " " + line.text
                found[found.count - 1].lines += 1
                continue
            }
            found.append((line, level, 1))
        }
        // Longer ones are quotations and blurbs.
        return found.filter { $0.lines < 4 }.map { ($0.line.page, PDFHeadings.Heading(level: $0.level, title: String($0.line.text.prefix(200)))) }
    }

    /// Sizes that differ by a little are one: the same style in a Latin and in a Korean font.
    private static func levels(of sizes: [Int]) -> [Int: Int] {
        var levels: [Int: Int] = [:]
        var first = Int.max / 100
        var level = 0
        for size in sizes {
            if size * 100 < first * 93 || level == 0 {
                first = size
                level = min(level + 1, 6)
            }
            levels[size] = level
        }
        return levels
    }

    private func isRunningHead(_ line: PDFLayoutLine) -> Bool { occurrences[Self.place(of: line), default: 0] > Self.mostOccurrences }

    /// More room above it than lines of one paragraph have.
    private func isAlone(_ line: PDFLayoutLine, below above: PDFLayoutLine?) -> Bool {
        guard let above else { return true }
        return line.top < above.top || line.top - above.top > above.height * 13 / 10
    }

    private static func readsLikeHeading(_ text: String) -> Bool {
        guard text.unicodeScalars.count <= 80, let last = text.last else { return false }
        return !".,;:!?".contains(last)
    }

    private static func place(of line: PDFLayoutLine) -> String { "\(line.top / 4) " + line.text.filter { !$0.isNumber } }
}
