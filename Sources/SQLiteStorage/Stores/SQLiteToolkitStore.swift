package import Domain
package import GRDB

package typealias SQLiteToolkitStore = SQLitePluginStore<Toolkit>

extension SQLitePluginStore: ToolkitStore where Plugin == Toolkit {}

extension Toolkit: PluginRow {
    package static let table = "tool"
    package static let noun = "tool"
    package static let columns = ["user_id", "name", "content", "meta", "manifest", "revision", "created_at", "updated_at"]

    package var values: StatementArguments {
        [userID, name, content, meta.storedText, manifest?.json.storedText, revision, createdAt, updatedAt]
    }

    package init(row: Row) {
        self.init(
            id: row["id"], userID: row["user_id"], name: row["name"], content: row["content"], meta: JSONObject(stored: row["meta"]) ?? [:],
            manifest: JSONObject(stored: row["manifest"]).flatMap(FunctionManifest.init(json:)), revision: row["revision"],
            createdAt: row["created_at"], updatedAt: row["updated_at"])
    }
}
