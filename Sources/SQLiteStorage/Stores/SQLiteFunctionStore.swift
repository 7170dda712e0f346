package import Domain
package import GRDB

package typealias SQLiteFunctionStore = SQLitePluginStore<Function>

extension SQLitePluginStore: FunctionStore where Plugin == Function {}

extension Function: PluginRow {
    package static let table = "function"
    package static let noun = "function"
    package static let columns = [
        "user_id", "name", "kind", "content", "meta", "manifest", "models", "is_active", "is_global", "revision", "created_at", "updated_at",
    ]

    package var values: StatementArguments {
        let models = JSONValue.array(models.map { ["id": .string($0.id), "name": .string($0.name)] })
        return [
            userID, name, kind.rawValue, content, meta.storedText, manifest?.json.storedText, models.jsonText, isActive, isGlobal, revision,
            createdAt, updatedAt,
        ]
    }

    /// `nil` for kinds that a newer version wrote.
    package init?(row: Row) {
        guard let kind = FunctionManifest.Kind(rawValue: row["kind"]) else { return nil }
        let models: String = row["models"]
        self.init(
            id: row["id"], userID: row["user_id"], name: row["name"], kind: kind, content: row["content"],
            meta: JSONObject(stored: row["meta"]) ?? [:], manifest: JSONObject(stored: row["manifest"]).flatMap(FunctionManifest.init(json:)),
            models: ((try? JSONValue(parsing: models))?.array ?? []).compactMap { model in
                guard let id = model["id"]?.string else { return nil }
                return FunctionModel(id: id, name: model["name"]?.string ?? "")
            },
            isActive: row["is_active"], isGlobal: row["is_global"], revision: row["revision"], createdAt: row["created_at"],
            updatedAt: row["updated_at"])
    }
}
