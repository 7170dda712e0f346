package import Domain
import GRDB

extension SQLiteChatStore {
    package func list(_ filter: ChatFilter, page: PageRequest) async throws -> [ChatSummary] {
        let query = ChatListQuery(filter)
        return try await database.pool.read { database in
            var rows = try query.rows(database, page)
            // Words are found by their beginnings. Where no chat has them, look for the letters anywhere.
            if rows.isEmpty, !filter.text.isEmpty, page.offset == 0 { rows = try query.rows(database, page, anywhere: true) }
            return rows.map { row in
                var summary = ChatRow.summary(row)
                if !filter.text.isEmpty { summary.snippet = Snippet.of(row["text"] ?? "", around: filter.text) }
                return summary
            }
        }
    }
}

/// The statement of one filtered list.
private struct ChatListQuery {
    private let filter: ChatFilter
    private let terms: [String]

    init(_ filter: ChatFilter) {
        self.filter = filter
        terms = filter.text.isEmpty ? [] : KeywordTokenizer.queryTerms(filter.text)
    }

    func rows(_ database: Database, _ page: PageRequest, anywhere: Bool = false) throws -> [Row] {
        var conditions = ["chat.user_id = ?"]
        var arguments: StatementArguments = [filter.ownerID]
        for (column, wanted) in [("is_archived", filter.isArchived), ("is_pinned", filter.isPinned)] {
            guard let wanted else { continue }
            conditions.append("chat.\(column) = ?")
            arguments += [wanted]
        }
        if let isShared = filter.isShared { conditions.append("chat.share_id IS \(isShared ? "NOT NULL" : "NULL")") }
        switch filter.folder {
        case .any: break
        case .none: conditions.append("chat.folder_id IS NULL")
        case .one(let id):
            conditions.append("chat.folder_id = ?")
            arguments += [id]
        }
        for tag in filter.tags {
            conditions.append("chat.position IN (SELECT position FROM chat_tag WHERE user_id = ? AND tag_id = ?)")
            arguments += [filter.ownerID, tag]
        }
        let hasText = !filter.text.isEmpty
        if hasText {
            if anywhere || terms.isEmpty {
                conditions.append("chat_content.text LIKE ? ESCAPE '\\'")
                arguments += ["%" + Self.escaped(filter.text) + "%"]
            } else {
                conditions.append("chat.position IN (SELECT rowid FROM chat_keyword WHERE chat_keyword MATCH ?)")
                // Terms hold letters and digits only, so the quotes cannot be left.
                arguments += [terms.map { "\"\($0)\"*" }.joined(separator: " AND ")]
            }
        }
        arguments += [page.limit, page.offset]
        return try Row.fetchAll(
            database,
            sql: """
                SELECT \(ChatRow.columns)\(hasText ? ", chat_content.text" : "")
                FROM chat \(hasText ? "JOIN chat_content USING (position)" : "")
                WHERE \(conditions.joined(separator: " AND ")) ORDER BY chat.updated_at DESC, chat.position DESC LIMIT ? OFFSET ?
                """, arguments: arguments)
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            if character == "%" || character == "_" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return result
    }
}

/// The surroundings of what was searched for.
private enum Snippet {
    static func of(_ text: String, around needle: String) -> String {
        let lowered = text.lowercased()
        let place = lowered.firstRange(of: needle.lowercased())?.lowerBound
            ?? KeywordTokenizer.queryTerms(needle).lazy.compactMap { lowered.firstRange(of: $0)?.lowerBound }.first ?? lowered.startIndex
        // Lower case may have another length; the distance in characters is near enough.
        let distance = lowered.distance(from: lowered.startIndex, to: place)
        let start = max(0, distance - 60)
        let words = String(text.dropFirst(start).prefix(60 + needle.count + 100)).split(whereSeparator: \.isNewline).joined(separator: " ")
        return (start > 0 ? "…" : "") + words
    }
}
