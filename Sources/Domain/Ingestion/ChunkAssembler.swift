/// Turns cuts into drafts: text, heading path, table header, metadata; joins those that are too short.
struct ChunkAssembler {
    private let title: String
    private let size: Int
    private let minimum: Int
    private let measure: (@Sendable (String) -> Int)?

    private var metadata: JSONObject = [:]
    private var drafts: [ChunkDraft] = []
    private var held: Held?
    /// Places where the heading path changes, in order; those before the last emitted passage are forgotten.
    private var outline: [OutlinePoint] = []
    private var tables: [Table] = []

    /// A draft that is shorter than the minimum and may still grow.
    private struct Held {
        var draft: ChunkDraft
        /// `nil` once its section is over, or when its text is not one stretch of the section.
        var cut: TextCut?
        var size: Int
    }

    private struct PathElement {
        var level: Int
        var title: String
        var offset: Int
    }

    private struct OutlinePoint {
        var offset: Int
        var path: [PathElement]
        /// Nothing but headings stands between the previous point and this.
        var isJoined: Bool
    }

    private struct Table {
        var bodyStart: Int
        var end: Int
        var header: String
    }

    init(title: String, size: Int, minimum: Int, measure: (@Sendable (String) -> Int)?) {
        self.title = title
        self.size = size
        self.minimum = minimum
        self.measure = measure
    }

    /// The first byte of the text that is still needed.
    var firstByte: Int? { held?.cut?.start }

    mutating func take() -> [ChunkDraft] {
        defer { drafts.removeAll() }
        return drafts
    }

    mutating func begin(_ metadata: JSONObject) { self.metadata = metadata }

    mutating func endSection() {
        // A page goes on where the one before it ended. Slides, sheets and mails begin anew.
        outline = metadata["page"] == nil ? [] : outline.suffix(1)
        tables = []
        held?.cut = nil
    }

    mutating func flush() {
        if let held { drafts.append(held.draft) }
        held = nil
    }

    mutating func addHeading(level: Int, title: String, at offset: Int, isJoined: Bool) {
        var path = outline.last?.path ?? []
        path.removeAll { $0.level >= level }
        path.append(PathElement(level: level, title: title, offset: offset))
        outline.append(OutlinePoint(offset: offset, path: path, isJoined: isJoined))
    }

    mutating func addTable(bodyStart: Int, end: Int, header: String) {
        tables.append(Table(bodyStart: bodyStart, end: end, header: header))
    }

    mutating func add(_ cut: TextCut, in window: borrowing TextWindow) {
        guard let cut = window.stripped(cut) else { return }
        let made = draft(cut, in: window)
        guard minimum > 0 else { return drafts.append(made) }
        let length = measure?(made.text) ?? made.text.unicodeScalars.count
        let current = Held(draft: made, cut: made.text.unicodeScalars.count == cut.scalars ? cut : nil, size: length)
        if let joined = held.flatMap({ join($0, current, in: window) }) {
            held = joined
        } else {
            flush()
            held = current
        }
    }

    /// Both as one, when the first is too short and the sum is not too long.
    private func join(_ first: Held, _ second: Held, in window: borrowing TextWindow) -> Held? {
        guard first.size < minimum else { return nil }
        var text: String
        var cut: TextCut?
        if let start = first.cut, let end = second.cut {
            text = window.text(start.start..<end.end)
            let scalars = end.scalarStart + end.scalars - start.scalarStart
            cut = TextCut(start: start.start, end: end.end, scalarStart: start.scalarStart, scalars: scalars)
        } else if first.cut == nil, isSameButRow(first.draft.metadata, second.draft.metadata) {
            text = first.draft.text + "\n\n" + second.draft.text
        } else {
            return nil
        }
        let length = measure?(text) ?? text.unicodeScalars.count
        guard length <= size else { return nil }
        var draft = first.draft
        let prefix = draft.indexText.unicodeScalars.dropLast(draft.text.unicodeScalars.count)
        draft.text = text
        draft.indexText = String(prefix) + text
        draft.endIndex = second.draft.endIndex
        return Held(draft: draft, cut: cut, size: length)
    }

    /// Rows of one table may share a passage; pages, slides and sheets keep theirs.
    private func isSameButRow(_ first: JSONObject, _ second: JSONObject) -> Bool {
        var first = first
        var second = second
        guard first.removeValue(forKey: "row") != nil, second.removeValue(forKey: "row") != nil else { return false }
        return first == second
    }

    private mutating func draft(_ cut: TextCut, in window: borrowing TextWindow) -> ChunkDraft {
        let path = headingPath(of: cut)
        var text = window.text(cut.start..<cut.end)
        tables.removeAll { $0.end <= cut.start }
        if let table = tables.first(where: { cut.start > $0.bodyStart && cut.start < $0.end }) {
            let whole = table.header + "\n" + text
            if measure?(whole) ?? whole.unicodeScalars.count <= size { text = whole }
        }
        // Headings that the passage itself shows are not said twice.
        let above = path.filter { $0.offset < cut.start }.map(\.title)
        let prefix = (title.isEmpty ? above : [title] + above).joined(separator: " > ")
        return ChunkDraft(
            text: text, indexText: prefix.isEmpty ? text : prefix + "\n" + text, startIndex: cut.scalarStart,
            endIndex: cut.scalarStart + cut.scalars, headings: path.map(\.title), metadata: metadata)
    }

    private mutating func headingPath(of cut: TextCut) -> [PathElement] {
        while outline.count > 1, outline[1].offset <= cut.start { outline.removeFirst() }
        guard let first = outline.first, first.offset <= cut.start else { return [] }
        var path = first.path
        // A passage that opens with several headings belongs to the deepest.
        if first.offset == cut.start {
            for point in outline.dropFirst() {
                guard point.isJoined, point.offset < cut.end else { break }
                path = point.path
            }
        }
        return path
    }
}
