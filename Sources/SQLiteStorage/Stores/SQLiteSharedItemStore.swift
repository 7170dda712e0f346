package import Domain
package import GRDB

/// How a kind of shared items is kept: in a table of its own with `id`, `user_id` and the columns named here.
package protocol SharedItemRow: SharedItem {
    static var table: String { get }
    /// Every column but `id`.
    static var columns: [String] { get }
    /// What lists by name are ordered by.
    static var nameColumn: String { get }
    /// Expressions whose texts are searched.
    static var searched: [String] { get }
    /// Whether there are the columns `tags` (a JSON list) and `is_active`.
    static var hasTags: Bool { get }
    static var hasActivity: Bool { get }

    /// What a list selects whose texts may be cut; as `SELECT` has it.
    static var briefColumns: String { get }

    /// Of the columns, in their order.
    var values: StatementArguments { get }

    init(row: Row)
}

extension SharedItemRow {
    package static var briefColumns: String { "*" }
}

/// Shared items of one kind. What a kind has beside that is in an extension: `SQLiteSharedItemStore+Prompts` and the like.
package struct SQLiteSharedItemStore<Item: SharedItemRow>: SharedItemStore {
    let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func find(_ id: String) async throws -> Item? {
        try await database.pool.read { try Self.find(id, $0) }
    }

    package func page(_ query: SharedItemQuery) async throws -> Page<Item> {
        try await database.pool.read { database in
            let (condition, arguments) = Self.condition(query)
            let column =
                switch query.order {
                case .name: Item.nameColumn + " COLLATE NOCASE"
                case .created: "created_at"
                case .updated: "updated_at"
                }
            let direction = query.isAscending ? "ASC" : "DESC"
            let columns = query.isBrief ? Item.briefColumns : "*"
            var sql = "SELECT \(columns) FROM \(Item.table) AS item WHERE \(condition) ORDER BY \(column) \(direction), item.rowid \(direction)"
            var paged = arguments
            if let page = query.page {
                sql += " LIMIT ? OFFSET ?"
                paged += [page.limit, page.offset]
            }
            let items = try Row.fetchAll(database, sql: sql, arguments: paged).map(Item.init(row:))
            guard query.page != nil else { return Page(items: items, total: items.count) }
            let total = try Int.fetchOne(database, sql: "SELECT count(*) FROM \(Item.table) AS item WHERE \(condition)", arguments: arguments)
            return Page(items: items, total: total ?? 0)
        }
    }

    package func insert(_ item: Item, limit: Int) async throws {
        try await Self.namingConflicts {
            try await database.pool.write { database in
                let own = try Int.fetchOne(database, sql: "SELECT count(*) FROM \(Item.table) WHERE user_id = ?", arguments: [item.userID]) ?? 0
                guard own < limit else { throw AppError(.badRequest, "Nobody may have more than \(limit) \(Item.plural).") }
                try database.execute(
                    sql: """
                        INSERT INTO \(Item.table) (id, \(Item.columns.joined(separator: ", ")))
                        VALUES (?, \(Database.placeholders(Item.columns.count)))
                        """, arguments: [item.id] + item.values)
            }
        }
    }

    package func update(_ id: String, _ change: @escaping @Sendable (inout Item) throws -> Void) async throws -> Item? {
        try await Self.namingConflicts {
            try await database.pool.write { database in
                guard var item = try Self.find(id, database) else { return nil }
                try change(&item)
                try Self.write(item, id, database)
                return item
            }
        }
    }

    package func delete(_ id: String) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(sql: "DELETE FROM \(Item.table) WHERE id = ?", arguments: [id])
            return database.changesCount > 0
        }
    }

    // MARK: For the extensions

    static func find(_ id: String, _ database: Database) throws -> Item? {
        try Row.fetchOne(database, sql: "SELECT * FROM \(Item.table) WHERE id = ?", arguments: [id]).map(Item.init(row:))
    }

    static func write(_ item: Item, _ id: String, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE \(Item.table) SET \(Item.columns.map { $0 + " = ?" }.joined(separator: ", ")) WHERE id = ?",
            arguments: item.values + [id])
    }

    static func namingConflicts<Value>(_ work: () async throws -> Value) async throws -> Value {
        do { return try await work() } catch let error as DatabaseError
            where [.SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_UNIQUE].contains(error.extendedResultCode)
        {
            throw AppError(.conflict, "There is such a thing already.", cause: error)
        }
    }

    /// What the rows of `item` must be like to be found.
    static func condition(_ query: SharedItemQuery) -> (String, StatementArguments) {
        var (conditions, arguments) = (["1"], StatementArguments())
        let reader = query.reader
        if !reader.seesEverything {
            // Through the index of principals: what a reader was granted is short.
            let permissions = query.permission == .read ? "'read', 'write'" : "'write'"
            conditions.append(
                """
                (item.user_id = ? OR item.id IN (
                    SELECT resource_id FROM access_grant
                    WHERE resource_kind = '\(Item.kind.rawValue)' AND permission IN (\(permissions))
                        AND (principal_type = 'user' AND principal_id IN (?, '*')
                            OR principal_type = 'group' AND principal_id IN (\(Database.placeholders(reader.groupIDs.count))))))
                """)
            arguments += [reader.userID, reader.userID]
            arguments += StatementArguments(reader.groupIDs)
        }
        switch query.owners {
        case .anybody: break
        case .reader:
            conditions.append("item.user_id = ?")
            arguments += [reader.userID]
        case .others:
            conditions.append("item.user_id <> ?")
            arguments += [reader.userID]
        }
        if let ids = query.ids {
            conditions.append("item.id IN (\(Database.placeholders(ids.count)))")
            arguments += StatementArguments(ids)
        }
        if query.isActiveOnly, Item.hasActivity { conditions.append("item.is_active") }
        if let tag = query.tag, Item.hasTags {
            conditions.append("EXISTS (SELECT 1 FROM json_each(item.tags) AS tag WHERE tag.value = ? COLLATE NOCASE)")
            arguments += [tag]
        }
        for text in query.texts {
            let pattern = "%" + text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_") + "%"
            conditions.append("(" + Item.searched.map { $0 + " LIKE ? ESCAPE '\\'" }.joined(separator: " OR ") + ")")
            arguments += StatementArguments(Item.searched.map { _ in pattern })
        }
        return (conditions.joined(separator: " AND "), arguments)
    }
}
