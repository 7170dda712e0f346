import Domain

/// The text of one page out of Poppler's two views of it.
///
/// The plain one has the reading order, and takes tables apart column by column. The laid-out one keeps what stands side
/// by side on one line, tables and columns of prose alike. So the laid-out one is used for pages with tables, unless they
/// also have prose in columns.
struct PDFPageText {
    let run: TextRun

    init(plain: String, layout: String) {
        let lines = layout.split(separator: "\n", omittingEmptySubsequences: false).map { Self.segments($0) }
        let regions = Self.regions(lines)
        if regions.contains(where: \.isTable), !regions.contains(where: { !$0.isTable }) {
            run = Self.text(lines, tables: regions.map(\.lines))
        } else {
            run = TextRun(plain)
        }
    }

    /// Lines that stand together and have several segments.
    private struct Region {
        var lines: Range<Int>
        var isTable: Bool
    }

    private static let fewestRows = 3
    /// In columns of a fixed-width font. Columns of prose are wider, or narrow and filled.
    private static let widestCell = 24
    private static let narrowestColumn = 12

    /// What stands on one line with a gap of two blanks or more in between.
    private static func segments(_ line: Substring) -> [String] {
        var segments: [String] = []
        var segment = ""
        var blanks = 0
        for scalar in line.unicodeScalars {
            if scalar == " " {
                blanks += 1
                continue
            }
            if blanks > 1, !segment.isEmpty {
                segments.append(segment)
                segment = ""
            } else if blanks == 1, !segment.isEmpty {
                segment += " "
            }
            blanks = 0
            segment.unicodeScalars.append(scalar)
        }
        if !segment.isEmpty { segments.append(segment) }
        return segments
    }

    /// From the first line of several segments to the last, with at most two others in between: cells of many lines.
    private static func regions(_ lines: [[String]]) -> [Region] {
        var regions: [Region] = []
        var start: Int?
        var end = 0
        var others = 0
        func close() {
            guard let first = start else { return }
            start = nil
            let rows = lines[first..<end].filter { $0.count > 1 }
            guard rows.count >= fewestRows else { return }
            regions.append(Region(lines: first..<end, isTable: !isProse(rows)))
        }
        for (index, segments) in lines.enumerated() where !segments.isEmpty {
            if segments.count > 1 {
                if start == nil { start = index }
                end = index + 1
                others = 0
            } else {
                others += 1
                if others > 2 { close() }
            }
        }
        close()
        return regions
    }

    /// Lines of prose fill their column, cells of a table have the length of what they say.
    private static func isProse(_ rows: [[String]]) -> Bool {
        let widths = rows.map { $0.map(columns) }
        let mean = widths.joined().reduce(0, +) / widths.joined().count
        guard mean >= narrowestColumn else { return false }
        var filled = 0
        for column in 0..<(widths.map(\.count).max() ?? 0) {
            let column = widths.compactMap { $0.indices.contains(column) ? $0[column] : nil }
            let widest = column.max() ?? 0
            filled += column.count { $0 * 4 >= widest * 3 }
        }
        let share = Double(filled) / Double(widths.joined().count)
        return share >= (mean >= widestCell ? 0.4 : 0.6)
    }

    /// Hangul, Han and Kana are two columns wide.
    private static func columns(_ text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x1100 ? 2 : 1) } }

    private static func text(_ lines: [[String]], tables: [Range<Int>]) -> TextRun {
        var run = TextRun("")
        var length = 0
        var isBlank = true
        for (index, segments) in lines.enumerated() {
            let table = tables.first { $0.contains(index) }
            // Rows stand together, whatever the distance on the page.
            if segments.isEmpty, table == nil { isBlank = true }
            if segments.isEmpty { continue }
            let line = segments.joined(separator: table == nil ? " " : " | ")
            if length > 0 {
                let separator = isBlank || table?.lowerBound == index ? "\n\n" : "\n"
                run.text += separator
                length += separator.count
            }
            isBlank = false
            let start = length
            run.text += line
            length += line.unicodeScalars.count
            if let table {
                if table.lowerBound == index { run.tables.append(TextRun.Table(offset: start, headerEnd: length, end: length)) }
                run.tables[run.tables.count - 1].end = length
                if index == table.upperBound - 1 { isBlank = true }
            }
        }
        return run
    }
}
