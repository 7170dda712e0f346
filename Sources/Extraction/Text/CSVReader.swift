import Domain

/// One section a row, `name: bolt\nqty: 5`, with the row's number; the first row names the columns.
struct CSVReader: FormatReader {
    func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        let file = try TextFile(request)
        try await receive(.document(separator: " ", hasMarkdownHeadings: false))
        var parser: CSVParser?
        var header: [String]?
        var number = 0
        var isAtEnd = false
        while !isAtEnd {
            try Task.checkCancellation()
            let text = try file.next()
            isAtEnd = text == nil
            if parser == nil { parser = CSVParser(delimiter: CSVParser.delimiter(of: text ?? "")) }
            var rows: [[String]] = []
            if let text { try parser?.add(text, to: &rows) } else { parser?.finish(&rows) }
            for row in rows where row.contains(where: { !$0.isEmpty }) {
                guard let columns = header else {
                    header = row.map(Self.trimmed)
                    continue
                }
                try await receive(.section(["row": .int(number)]))
                try await receive(.text(TextRun(Self.text(of: row, columns: columns))))
                number += 1
            }
        }
        // A table of nothing but its header still has words.
        if number == 0, let header {
            try await receive(.section([:]))
            try await receive(.text(TextRun(header.joined(separator: ", "))))
        }
    }

    private static func text(of row: [String], columns: [String]) -> String {
        var lines: [String] = []
        for index in 0..<max(row.count, columns.count) {
            let value = index < row.count ? trimmed(row[index]) : ""
            let name = index < columns.count ? columns[index] : ""
            if name.isEmpty, value.isEmpty { continue }
            lines.append(name.isEmpty ? value : "\(name): \(value)")
        }
        return lines.joined(separator: "\n")
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}

/// RFC 4180, and what is found in the wild: other delimiters, `\n` alone, text behind a closing quote.
struct CSVParser {
    /// A field, and thereby what a missing quote can swallow.
    private static let longestRow = 8 << 20

    private let delimiter: Unicode.Scalar
    private var row: [String] = []
    private var field = String.UnicodeScalarView()
    private var rowLength = 0
    private var isQuoted = false
    /// A quote inside of a quoted field: its end, or the first of two.
    private var sawQuote = false
    private var sawReturn = false

    init(delimiter: Unicode.Scalar) { self.delimiter = delimiter }

    mutating func add(_ text: String, to rows: inout [[String]]) throws {
        for scalar in text.unicodeScalars {
            rowLength += 1
            guard rowLength <= Self.longestRow else {
                throw AppError(
                    .badRequest, "The CSV file has a row of more than \(Self.longestRow >> 20) million characters; a quote may be missing.")
            }
            if sawQuote {
                sawQuote = false
                if scalar == "\"" {
                    field.append(scalar)
                    continue
                }
                isQuoted = false
            }
            if isQuoted {
                if scalar == "\"" { sawQuote = true } else { field.append(scalar) }
                continue
            }
            let followsReturn = sawReturn
            sawReturn = false
            switch scalar {
            case delimiter: endField()
            case "\n": if !followsReturn { endRow(&rows) }
            case "\r":
                endRow(&rows)
                sawReturn = true
            case "\"" where field.isEmpty: isQuoted = true
            default: field.append(scalar)
            }
        }
    }

    mutating func finish(_ rows: inout [[String]]) {
        if !field.isEmpty || !row.isEmpty { endRow(&rows) }
    }

    private mutating func endField() {
        row.append(String(field))
        field = String.UnicodeScalarView()
    }

    private mutating func endRow(_ rows: inout [[String]]) {
        endField()
        rows.append(row)
        row = []
        rowLength = 0
        isQuoted = false
        sawQuote = false
    }

    /// The delimiter that cuts the first lines into the same number of fields, at least two; a comma when in doubt.
    static func delimiter(of text: String) -> Unicode.Scalar {
        var best: (delimiter: Unicode.Scalar, score: Double) = (",", 0)
        for delimiter: Unicode.Scalar in [",", ";", "\t", "|"] {
            var parser = CSVParser(delimiter: delimiter)
            var rows: [[String]] = []
            guard (try? parser.add(String(text.prefix(20_000)), to: &rows)) != nil else { continue }
            if rows.isEmpty { parser.finish(&rows) }
            let counts = rows.prefix(50).filter { $0.contains { !$0.isEmpty } }.map(\.count)
            guard let first = counts.first, first > 1 else { continue }
            let score = Double(counts.count { $0 == first }) / Double(counts.count) + Double(min(first, 20)) / 1000
            if score > best.score { best = (delimiter, score) }
        }
        return best.delimiter
    }
}
