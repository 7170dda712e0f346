/// What an account may do beside its role: a two-level tree of switches, as `features.api_keys`.
///
/// The tree keeps every key it is given, known or not, so that clients find what they wrote.
package struct Permissions: Sendable, Hashable {
    package private(set) var tree: JSONObject

    package init(tree: JSONObject) { self.tree = tree }

    /// - Parameter path: `area.name`. Anything that is not there is not allowed.
    package subscript(path: String) -> Bool {
        guard let dot = path.firstIndex(of: ".") else { return false }
        return tree[String(path[..<dot])]?[String(path[path.index(after: dot)...])]?.bool ?? false
    }

    /// Other's leaves win; leaves that it lacks stay.
    package func overlaid(with other: JSONObject) -> Permissions {
        combined(with: other) { _, new in new }
    }

    /// A switch is on when it is on in either.
    package func united(with other: JSONObject) -> Permissions {
        combined(with: other) { old, new in
            guard let old = old?.bool, let new = new.bool else { return new }
            return .bool(old || new)
        }
    }

    private func combined(with other: JSONObject, _ choose: (JSONValue?, JSONValue) -> JSONValue) -> Permissions {
        var result = tree
        for (area, leaves) in other {
            guard let leaves = leaves.object else { continue }
            var merged = result[area]?.object ?? [:]
            for (key, value) in leaves { merged[key] = choose(merged[key], value) }
            result[area] = .object(merged)
        }
        return Permissions(tree: result)
    }

    /// What role user may do when nobody changed it.
    package static let standard = Permissions(tree: [
        "workspace": [
            "models": false, "knowledge": false, "prompts": false, "tools": false, "skills": false, "models_import": false,
            "models_export": false, "models_hidden": false, "prompts_import": false, "prompts_export": false, "tools_import": false,
            "tools_export": false,
            "skills_import": false, "skills_export": false,
        ],
        "sharing": [
            "models": false, "public_models": false, "knowledge": false, "public_knowledge": false, "prompts": false, "public_prompts": false,
            "tools": false, "public_tools": false, "skills": false, "public_skills": false, "notes": false, "public_notes": false,
            "folders": false, "public_chats": false, "open_chats": false, "public_calendars": false,
        ],
        "access_grants": ["allow_users": true, "allow_groups": true],
        "chat": [
            "controls": true, "valves": true, "system_prompt": true, "params": true, "file_upload": true, "web_upload": true, "delete": true,
            "delete_message": true, "continue_response": true, "regenerate_response": true, "rate_response": true, "edit": true, "share": true,
            "export": true, "import": true, "stt": true, "tts": true, "call": true, "multiple_models": true, "temporary": true,
            "temporary_enforced": false,
        ],
        "features": [
            "api_keys": false, "notes": true, "folders": true, "channels": true, "encrypted_channels": false, "direct_tool_servers": false,
            "web_search": true,
            "image_generation": true, "code_interpreter": true, "memories": true, "automations": false, "calendar": true, "webhooks": false,
        ],
        "settings": ["interface": true],
    ])
}

/// Works out the permissions of one account: the built-in tree, what administrators changed, and what its groups add.
package struct PermissionPolicy: Sendable {
    private let settings: Settings
    private let groups: any GroupStore

    package init(settings: Settings, groups: any GroupStore) {
        self.settings = settings
        self.groups = groups
    }

    /// What every user may do.
    package var defaults: Permissions { Permissions.standard.overlaid(with: settings[.userPermissions].object ?? [:]) }

    package func permissions(userID: String) async throws -> Permissions {
        Self.permissions(defaults, groups: try await groups.groups(memberID: userID))
    }

    package static func permissions(_ defaults: Permissions, groups: [Group]) -> Permissions {
        groups.reduce(defaults) { result, group in group.permissions.map(result.united(with:)) ?? result }
    }
}
