package import Domain
import GRDB

package struct SQLiteKeyUsageStore: KeyUsageStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func add(_ usage: [KeyUsage]) async throws {
        try await database.pool.write { database in
            for one in usage {
                try database.execute(
                    sql: """
                        INSERT INTO api_key_usage (key_id, day, requests, tokens) SELECT id, ?, ?, 0 FROM api_key WHERE id = ?
                        ON CONFLICT (key_id, day) DO UPDATE SET requests = requests + excluded.requests
                        """, arguments: [one.day, one.requests, one.keyID])
            }
        }
    }

    package func usage(keyID: String, from: String) async throws -> [KeyUsage] {
        let first = CalendarDay.number(text: from) ?? 0
        return try await database.pool.read { database in
            var days: [String: KeyUsage] = [:]
            for row in try Row.fetchAll(
                database, sql: "SELECT day, requests FROM api_key_usage WHERE key_id = ? AND day >= ?", arguments: [keyID, from])
            {
                let day: String = row["day"]
                days[day] = KeyUsage(keyID: keyID, day: day, requests: row["requests"])
            }
            for row in try Row.fetchAll(
                database,
                sql: """
                    SELECT day, sum(input_tokens + output_tokens) AS tokens, sum(cost) AS cost FROM usage_day
                    WHERE key_id = ? AND key_id <> '' AND day >= ? GROUP BY day
                    """, arguments: [keyID, first])
            {
                let day = CalendarDay.text(dayNumber: row["day"])
                var usage = days[day] ?? KeyUsage(keyID: keyID, day: day)
                (usage.tokens, usage.cost) = (row["tokens"], row["cost"])
                days[day] = usage
            }
            return days.values.sorted { $0.day < $1.day }
        }
    }

    package func spending(from day: String) async throws -> [Spending] {
        let first = CalendarDay.number(text: day) ?? 0
        return try await database.pool.read { database in
            func sums(_ column: String, _ subject: (String) -> Spending.Subject) throws -> [Spending] {
                try Row.fetchAll(
                    database,
                    sql: """
                        SELECT \(column) AS id, day, sum(input_tokens + output_tokens) AS tokens, sum(cost) AS cost FROM usage_day
                        WHERE day >= ? AND \(column) <> '' GROUP BY \(column), day
                        """, arguments: [first]
                ).map { Spending(subject($0["id"]), dayNumber: $0["day"], tokens: $0["tokens"], cost: $0["cost"]) }
            }
            return try sums("key_id", Spending.Subject.key) + sums("user_id", Spending.Subject.user)
        }
    }
}
