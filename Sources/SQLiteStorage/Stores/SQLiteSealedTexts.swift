import Domain
import GRDB

/// Everything that lies encrypted in the database, wherever it is: for the change of the server's secret.
package struct SQLiteSealedTexts: Sendable {
    package enum Verdict: Sendable, Hashable {
        /// Sealed with the secret in force.
        case unchanged
        case replaced(String)
        /// Sealed with a secret that nobody knows any more.
        case unreadable
    }

    package struct Outcome: Sendable, Hashable {
        package var replaced = 0
        package var unreadable = 0
    }

    /// Columns that hold sealed texts, either plainly or as `{"sealed": text}` anywhere in JSON. A new one belongs here.
    package static let columns = [
        (table: "setting", key: "name", column: "value"), (table: "api_key", key: "id", column: "sealed"),
        (table: "valves", key: "kind || ' ' || plugin_id || ' ' || user_id", column: "sealed"),
    ]

    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    /// Looks at every sealed text in one transaction.
    package func reseal(_ judge: @escaping @Sendable (String) -> Verdict) async throws -> Outcome {
        try await database.pool.write { database in
            var outcome = Outcome()
            for (table, key, column) in Self.columns {
                let rows = try Row.fetchAll(
                    database, sql: "SELECT \(key) AS id, \(column) AS text FROM \(table) WHERE \(column) LIKE 'v1.%' OR \(column) LIKE '%\"sealed\"%'"
                )
                for row in rows {
                    let text: String = row["text"]
                    let id: String = row["id"]
                    guard let changed = Self.reseal(text, judge, &outcome) else { continue }
                    try database.execute(sql: "UPDATE \(table) SET \(column) = ? WHERE \(key) = ?", arguments: [changed, id])
                }
            }
            return outcome
        }
    }

    /// - Returns: `nil` when nothing changes.
    private static func reseal(_ text: String, _ judge: (String) -> Verdict, _ outcome: inout Outcome) -> String? {
        if text.hasPrefix("v1.") { return replacement(text, judge, &outcome) }
        guard let value = try? JSONValue(parsing: text) else { return nil }
        var isChanged = false
        let changed = rewritten(value, judge, &outcome, &isChanged)
        return isChanged ? changed.jsonText : nil
    }

    private static func rewritten(
        _ value: JSONValue, _ judge: (String) -> Verdict, _ outcome: inout Outcome, _ isChanged: inout Bool
    ) -> JSONValue {
        if let array = value.array { return .array(array.map { rewritten($0, judge, &outcome, &isChanged) }) }
        guard var object = value.object else { return value }
        for (key, inner) in object {
            if key == "sealed", let sealed = inner.string, sealed.hasPrefix("v1.") {
                guard let fresh = replacement(sealed, judge, &outcome) else { continue }
                object[key] = .string(fresh)
                isChanged = true
            } else {
                object[key] = rewritten(inner, judge, &outcome, &isChanged)
            }
        }
        return .object(object)
    }

    private static func replacement(_ sealed: String, _ judge: (String) -> Verdict, _ outcome: inout Outcome) -> String? {
        switch judge(sealed) {
        case .unchanged: return nil
        case .unreadable:
            outcome.unreadable += 1
            return nil
        case .replaced(let fresh):
            outcome.replaced += 1
            return fresh
        }
    }
}
