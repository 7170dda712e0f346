import Domain

/// The text of one page out of Poppler's two views of it.
///
/// The plain one has the reading order, and takes tables apart column by column. The laid-out one keeps what stands side
/// by side on one line, tables and columns of prose alike. So tables are taken from the laid-out one and put where their
/// cells stand in the plain one; where those cannot be found, the laid-out one serves for the whole page, unless it has
/// prose in columns.
struct PDFPageText {
    let run: TextRun

    init(plain: String, layout: String) {
        let lines = layout.split(separator: "\n", omittingEmptySubsequences: false).map { Self.segments($0) }
        let regions = Self.regions(lines)
        let tables = regions.filter(\.isTable).map(\.lines)
        if tables.isEmpty {
            run = TextRun(plain)
        } else if let joined = Self.joined(plain, lines, tables: tables) {
            run = joined
        } else if tables.count == regions.count {
            run = Self.text(lines, tables: tables)
        } else {
            run = TextRun(plain)
        }
    }

    /// The plain text with rows where it has cells.
    /// - Returns: nil when a table's cells do not stand together there.
    private static func joined(_ plain: String, _ lines: [[String]], tables: [Range<Int>]) -> TextRun? {
        var blocks = plain.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? [] : [String($0)] }
        var rows: [Range<Int>] = []
        var first = 0
        for table in tables {
            let cells = lines[table].filter { !$0.isEmpty }
            guard let stretch = stretch(of: cells.map { key($0.joined()) }, in: blocks.map { key($0.joined()) }, from: first) else { return nil }
            blocks.replaceSubrange(stretch, with: [[]] + cells + [[]])
            rows.append(stretch.lowerBound + 1..<stretch.lowerBound + 1 + cells.count)
            first = rows[rows.count - 1].upperBound
        }
        return text(blocks, tables: rows)
    }

    /// Lines that together say what the rows say, in whatever order.
    private static func stretch(of rows: [String], in lines: [String], from first: Int) -> Range<Int>? {
        let length = rows.reduce(0) { $0 + $1.unicodeScalars.count }
        let whole = rows.joined(separator: "\n")
        for start in first..<max(first, lines.count) where !lines[start].isEmpty {
            var rest = length
            var end = start
            while end < lines.count, rest > 0, lines[end].isEmpty || whole.contains(lines[end]) {
                rest -= lines[end].unicodeScalars.count
                end += 1
            }
            if rest == 0 { return start..<end }
        }
        return nil
    }

    private static func key(_ text: String) -> String { String(text.unicodeScalars.filter { !$0.properties.isWhitespace }) }

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

    /// From the first line of several segments to the last, with at most two others right below a row: cells of many lines.
    private static func regions(_ lines: [[String]]) -> [Region] {
        var regions: [Region] = []
        var start: Int?
        var end = 0
        var others = 0
        /// The most blank lines between two rows so far.
        var widest: Int?
        func close() {
            guard let first = start else { return }
            start = nil
            let rows = lines[first..<end].filter { $0.count > 1 }
            guard rows.count >= fewestRows else { return }
            regions.append(Region(lines: first..<end, isTable: !isProse(rows)))
        }
        for (index, segments) in lines.enumerated() where !segments.isEmpty {
            // After a blank line it is a heading or a paragraph.
            if index > 0, lines[index - 1].isEmpty, segments.count == 1 || others > 0 { close() }
            // So is what stands further away than its rows from each other.
            if start != nil, let widest, index - end > widest + 1 { close() }
            if segments.count > 1 {
                if start == nil {
                    start = index
                    widest = nil
                } else {
                    widest = max(widest ?? 0, index - end)
                }
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
