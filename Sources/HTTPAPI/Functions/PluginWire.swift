import Domain

/// Functions and tools as Open WebUI's clients read them.
struct PluginWire {
    let installer: PluginInstaller

    /// - Parameters:
    ///   - withContent: lists leave it out.
    ///   - isAdmin: others do not see what the installer said.
    func object(_ function: Function, withContent: Bool, isAdmin: Bool) -> JSONObject {
        var object: JSONObject = [
            "id": .string(function.id), "user_id": .string(function.userID), "type": .string(function.kind.rawValue),
            "name": .string(function.name),
        ]
        if withContent { object["content"] = .string(function.content) }
        var meta = self.meta(function.meta, function.manifest, function.key, function.revision, isAdmin: isAdmin)
        if function.manifest?.isToggle == true { meta["toggle"] = true }
        object["meta"] = .object(meta)
        object["is_active"] = .bool(function.isActive)
        object["is_global"] = .bool(function.isGlobal)
        object["updated_at"] = .int(function.updatedAt)
        object["created_at"] = .int(function.createdAt)
        return object
    }

    func object(_ shelved: ToolkitLibrary.Shelved, withContent: Bool, isAdmin: Bool) -> JSONObject {
        let toolkit = shelved.toolkit
        var object: JSONObject = ["id": .string(toolkit.id), "user_id": .string(toolkit.userID), "name": .string(toolkit.name)]
        if withContent {
            object["content"] = .string(toolkit.content)
            object["specs"] = .array((toolkit.manifest?.toolSpecs ?? []).map(JSONValue.object))
        }
        object["meta"] = .object(
            meta(toolkit.meta, toolkit.manifest, toolkit.key, toolkit.revision, isAdmin: isAdmin || shelved.isWritable))
        object["access_grants"] = .array(shelved.isWritable ? shelved.grants.map { .object($0.wire) } : [])
        object["updated_at"] = .int(toolkit.updatedAt)
        object["created_at"] = .int(toolkit.createdAt)
        return object
    }

    private func meta(
        _ stored: JSONObject, _ manifest: FunctionManifest?, _ key: PluginKey, _ revision: String, isAdmin: Bool
    ) -> JSONObject {
        var meta: JSONObject = ["description": stored["description"] ?? "", "manifest": stored["manifest"] ?? [:]]
        meta.merge(stored)
        meta["has_user_valves"] = .bool(manifest?.userValves != nil)
        if isAdmin { meta["install"] = .object(state(manifest, key, revision)) }
        return meta
    }

    private func state(_ manifest: FunctionManifest?, _ key: PluginKey, _ revision: String) -> JSONObject {
        if let state = installer.state(of: key), state.revision == revision { return state.json }
        return ["state": manifest == nil ? "pending" : "ready"]
    }
}

/// Reads what clients send about functions and tools.
enum PluginForm {
    /// Bytes of a form: the largest code, escaped.
    static let limit = 8 << 20

    static func draft(_ fields: inout FieldReader) -> FunctionLibrary.Draft {
        let id = fields.string("id")
        let name = fields.string("name")
        if fields.object["name"]?.string != nil, name.count > 500 {
            fields.report("string_too_long", "name", "String should have at most 500 characters")
        }
        return FunctionLibrary.Draft(id: id, name: name, content: fields.string("content"), meta: fields.object("meta"))
    }
}
