import Domain

/// Puts the text of one section together out of blocks, and notes where headings and tables are.
struct TextBuilder {
    private(set) var run = TextRun("")
    private var length = 0
    private let limit: Int

    /// - Parameter limit: Unicode scalars.
    init(limit: Int) { self.limit = limit }

    var isEmpty: Bool { length == 0 }
    /// Unicode scalars so far.
    var count: Int { length }

    /// Adds a block behind `separator`; a blank block is left out.
    /// - Parameter title: of the whole section, of which this block is the title. It cuts nothing.
    mutating func add(_ block: String, separator: String = "\n\n", titledAs title: String? = nil) throws {
        let block = block.trimmedBlock
        guard !block.isEmpty else { return }
        if length > 0 { try append(separator) }
        if let title, run.headings.isEmpty {
            run.headings.append(TextRun.Heading(level: 1, title: String(title.collapsingWhiteSpace.prefix(200)), offset: 0))
        }
        try append(block)
    }

    mutating func addHeading(_ title: String, level: Int) throws {
        let title = title.collapsingWhiteSpace
        guard !title.isEmpty else { return }
        if length > 0 { try append("\n\n") }
        run.headings.append(TextRun.Heading(level: min(max(level, 1), 9), title: String(title.prefix(200)), offset: length))
        try append(title)
    }

    /// Adds a table, a line for each row. A row of blanks is left out; one that has fewer cells than the widest is not a
    /// header.
    mutating func addTable(_ rows: [[String]], separator: String = "\n\n") throws {
        let rows = rows.map(Self.cells).filter { !$0.isEmpty }
        guard let first = rows.first else { return }
        if length > 0 { try append(separator) }
        var table = TextRun.Table(offset: length, headerEnd: length, end: length)
        for (index, row) in rows.enumerated() {
            if index > 0 { try append("\n") }
            try append(row.joined(separator: " | "))
            if index == 0, first.count > 1 { table.headerEnd = length }
        }
        table.end = length
        if rows.count > 1, table.headerEnd > table.offset { run.tables.append(table) }
    }

    /// Without blanks at the end; long runs of blanks shortened.
    private static func cells(_ row: [String]) -> [String] {
        var cells: [String] = []
        var blanks = 0
        for cell in row {
            let cell = cell.collapsingWhiteSpace
            blanks = cell.isEmpty ? blanks + 1 : 0
            if blanks <= 32 { cells.append(cell) }
        }
        while cells.last?.isEmpty == true { cells.removeLast() }
        return cells
    }

    private mutating func append(_ text: String) throws {
        length += text.unicodeScalars.count
        guard length <= limit else { throw ExtractionFailure.tooMuchText }
        run.text += text
    }
}

extension String {
    /// Every run of white space as one space, none at the ends.
    var collapsingWhiteSpace: String {
        var result = ""
        var pending = false
        for scalar in unicodeScalars {
            if scalar.properties.isWhitespace {
                pending = !result.isEmpty
            } else {
                if pending { result.append(" ") }
                pending = false
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Without white space at the end and without blank lines in front.
    var trimmedBlock: String {
        var view = unicodeScalars[...]
        while let last = view.last, last.properties.isWhitespace { view.removeLast() }
        while let first = view.first, first.properties.isWhitespace { view.removeFirst() }
        return String(view)
    }
}
