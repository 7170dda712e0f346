package import Domain
import GRDB

package struct SQLiteUsageStore: UsageStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    // MARK: Writing

    package func write(_ records: [UsageRecord], _ sums: [UsageSum]) async throws {
        try await database.pool.write { database in
            let insert = try database.cachedStatement(sql: Self.insertCall)
            for record in records { try insert.execute(arguments: Self.arguments(record)) }
            let add = try database.cachedStatement(sql: Self.addSum)
            for sum in sums { try add.execute(arguments: Self.arguments(sum)) }
        }
    }

    private static let insertCall = """
        INSERT INTO usage_call (
            started_at, user_id, key_id, model, upstream_model, upstream, kind, is_stream, input_tokens, output_tokens, cached_tokens,
            reasoning_tokens, is_estimated, cost, milliseconds, first_byte_milliseconds, status, failure, request_id
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    private static func arguments(_ record: UsageRecord) -> StatementArguments {
        [
            record.startedAt, record.userID, record.keyID ?? "", record.modelID, record.upstreamModelID, record.upstream, record.kind.rawValue,
            record.isStream, record.tokens.input, record.tokens.output, record.tokens.cached, record.tokens.reasoning, record.isEstimated,
            record.cost, record.milliseconds, record.firstByteMilliseconds, record.status, record.failure?.rawValue, record.requestID,
        ]
    }

    private static let figures = [
        "calls", "errors", "streams", "estimated", "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "cost", "milliseconds",
        "first_byte_milliseconds", "answered",
    ]

    private static let addSum = """
        INSERT INTO usage_day (day, user_id, key_id, model, upstream, \(figures.joined(separator: ", ")))
        VALUES (?, ?, ?, ?, ?, \(Database.placeholders(figures.count)))
        ON CONFLICT (day, user_id, key_id, model, upstream) DO UPDATE SET
        \(figures.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", "))
        """

    private static func arguments(_ sum: UsageSum) -> StatementArguments {
        let (slot, figures) = (sum.slot, sum.figures)
        return [
            slot.day, slot.userID, slot.keyID, slot.modelID, slot.upstream, figures.calls, figures.errors, figures.streams, figures.estimated,
            figures.tokens.input, figures.tokens.output, figures.tokens.cached, figures.tokens.reasoning, figures.cost, figures.milliseconds,
            figures.firstByteMilliseconds, figures.answered,
        ]
    }

    package func purge(before: EpochSeconds) async throws -> Int {
        try await database.pool.write { database in
            try database.execute(
                sql: "DELETE FROM usage_call WHERE id IN (SELECT id FROM usage_call WHERE started_at < ? LIMIT 2000)", arguments: [before])
            return database.changesCount
        }
    }

    // MARK: Reading

    package func report(_ query: UsageQuery, limit: Int) async throws -> UsageReport {
        let (condition, arguments) = Self.condition(query)
        let columns = query.groups.map(Self.column)
        let sums = Self.figures.map { "coalesce(sum(\($0)), 0) AS \($0)" }.joined(separator: ", ")
        return try await database.pool.read { database in
            let total =
                try Row.fetchOne(database, sql: "SELECT \(sums) FROM usage_day WHERE \(condition)", arguments: arguments)
                .map(UsageFigures.init(row:)) ?? UsageFigures()
            guard !columns.isEmpty else { return UsageReport(rows: [], isCut: false, total: total) }
            let order = (query.groups.contains(.day) ? ["day DESC"] : []) + ["sum(input_tokens + output_tokens) DESC"] + columns
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT \(columns.joined(separator: ", ")), \(sums) FROM usage_day WHERE \(condition)
                    GROUP BY \(columns.joined(separator: ", ")) ORDER BY \(order.joined(separator: ", ")) LIMIT ?
                    """, arguments: arguments + [limit + 1])
            return UsageReport(
                rows: rows.prefix(limit).map { row in
                    var names: [UsageQuery.Group: String] = [:]
                    for group in query.groups {
                        names[group] = group == .day ? CalendarDay.text(dayNumber: row["day"]) : row[Self.column(group)]
                    }
                    return UsageReport.Row(names: names, figures: UsageFigures(row: row))
                }, isCut: rows.count > limit, total: total)
        }
    }

    package func calls(_ query: UsageQuery, _ page: PageRequest) async throws -> Page<UsageRecord> {
        let (filter, rest) = Self.filter(query)
        let condition = "started_at >= ? AND started_at < ?" + filter
        let arguments: StatementArguments = [query.days.lowerBound * 86400, (query.days.upperBound + 1) * 86400] + rest
        return try await database.pool.read { database in
            let total = try Int.fetchOne(database, sql: "SELECT count(*) FROM usage_call WHERE \(condition)", arguments: arguments) ?? 0
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM usage_call WHERE \(condition) ORDER BY started_at DESC, id DESC LIMIT ? OFFSET ?",
                arguments: arguments + [page.limit, page.offset])
            return Page(items: rows.map(UsageRecord.init(row:)), total: total)
        }
    }

    private static func column(_ group: UsageQuery.Group) -> String {
        switch group {
        case .day: "day"
        case .model: "model"
        case .user: "user_id"
        case .key: "key_id"
        case .upstream: "upstream"
        }
    }

    private static func condition(_ query: UsageQuery) -> (String, StatementArguments) {
        let (filter, arguments) = filter(query)
        return ("day BETWEEN ? AND ?" + filter, [query.days.lowerBound, query.days.upperBound] + arguments)
    }

    private static func filter(_ query: UsageQuery) -> (String, StatementArguments) {
        var text = ""
        var arguments: StatementArguments = []
        for (column, value) in [("user_id", query.userID), ("key_id", query.keyID), ("model", query.modelID), ("upstream", query.upstream)] {
            guard let value else { continue }
            text += " AND \(column) = ?"
            arguments += [value]
        }
        return (text, arguments)
    }
}

extension UsageFigures {
    fileprivate init(row: Row) {
        self.init()
        (calls, errors, streams, estimated) = (row["calls"], row["errors"], row["streams"], row["estimated"])
        tokens = TokenCounts(row: row)
        (cost, milliseconds) = (row["cost"], row["milliseconds"])
        (firstByteMilliseconds, answered) = (row["first_byte_milliseconds"], row["answered"])
    }
}

extension TokenCounts {
    fileprivate init(row: Row) {
        self.init(
            input: row["input_tokens"], output: row["output_tokens"], cached: row["cached_tokens"], reasoning: row["reasoning_tokens"])
    }
}

extension UsageRecord {
    fileprivate init(row: Row) {
        let keyID: String = row["key_id"]
        let failure: String? = row["failure"]
        self.init(
            startedAt: row["started_at"], userID: row["user_id"], keyID: keyID.isEmpty ? nil : keyID, modelID: row["model"],
            upstreamModelID: row["upstream_model"], upstream: row["upstream"], kind: Kind(rawValue: row["kind"]) ?? .other,
            isStream: row["is_stream"], tokens: TokenCounts(row: row), isEstimated: row["is_estimated"], cost: row["cost"],
            milliseconds: row["milliseconds"], firstByteMilliseconds: row["first_byte_milliseconds"], status: row["status"],
            failure: failure.flatMap(Failure.init(rawValue:)), requestID: row["request_id"])
    }
}
