/// A stretch of a document's text, as it is stored: the pieces' texts joined are the whole text, and the outline says
/// which parts of it are what.
///
/// The outline is a list of `{"d": separator, "m": markdown headings}` (document), `{"s": metadata}` (a section begins),
/// `{"g": bytes}` (a separator), `{"t": bytes, "h": [[level, title, offset]], "b": [[offset, header end, end]]}` (text).
package struct DocumentPiece: Sendable, Hashable {
    package var text: String
    package var outline: JSONValue

    package init(text: String, outline: JSONValue) {
        self.text = text
        self.outline = outline
    }

    /// What the extractor said, again.
    package var events: [ExtractionEvent] {
        var events: [ExtractionEvent] = []
        let bytes = text.utf8
        var position = bytes.startIndex
        func take(_ count: Int) -> Substring {
            let end = bytes.index(position, offsetBy: count, limitedBy: bytes.endIndex) ?? bytes.endIndex
            defer { position = end }
            return text[position..<end]
        }
        for entry in outline.array ?? [] {
            if let separator = entry["d"]?.string {
                events.append(.document(separator: separator, hasMarkdownHeadings: entry["m"]?.bool ?? true))
            } else if let metadata = entry["s"]?.object {
                events.append(.section(metadata))
            } else if let count = entry["g"]?.int {
                _ = take(count)
            } else if let count = entry["t"]?.int {
                events.append(
                    .text(
                        TextRun(
                            String(take(count)),
                            headings: (entry["h"]?.array ?? []).compactMap { heading in
                                guard let level = heading[0]?.int, let title = heading[1]?.string, let offset = heading[2]?.int else { return nil }
                                return TextRun.Heading(level: level, title: title, offset: offset)
                            },
                            tables: (entry["b"]?.array ?? []).compactMap { table in
                                guard let offset = table[0]?.int, let headerEnd = table[1]?.int, let end = table[2]?.int else { return nil }
                                return TextRun.Table(offset: offset, headerEnd: headerEnd, end: end)
                            })))
            }
        }
        return events
    }
}
