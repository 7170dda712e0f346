/// A table while it is read.
struct TableRows {
    private(set) var rows: [[String]] = []

    mutating func startRow() { rows.append([]) }

    mutating func startCell() {
        if rows.isEmpty { rows.append([]) }
        rows[rows.count - 1].append("")
    }

    /// More text of the current cell, as a line of its own.
    mutating func addText(_ text: String) {
        guard let row = rows.indices.last, let cell = rows[row].indices.last else { return }
        if !rows[row][cell].isEmpty { rows[row][cell] += "\n" }
        rows[row][cell] += text
    }

    /// More text of the current cell, as it comes.
    mutating func append(_ text: String) {
        guard let row = rows.indices.last, let cell = rows[row].indices.last else { return }
        rows[row][cell] += text
    }

    /// For a table inside of a cell.
    var flat: String { rows.map { $0.joined(separator: " ") }.joined(separator: "\n") }

    /// A frame around text, a table of one cell, is no table.
    func add(to builder: inout TextBuilder, separator: String = "\n\n") throws {
        if rows.allSatisfy({ $0.count <= 1 }) {
            for row in rows { try builder.add(row.first ?? "", separator: separator) }
        } else {
            try builder.addTable(rows, separator: separator)
        }
    }
}
