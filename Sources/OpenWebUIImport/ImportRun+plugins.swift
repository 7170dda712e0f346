import Domain

/// Functions and tools are taken over as text. The next start of the server installs what they require and loads them, apart from the
/// server in their own processes; until then they have no models and nothing to call.
extension ImportRun {
    private static let staysAsItIs = "one with this id is here already and stays as it is"
    private static let loadedLater = "Functions and tools are programs: the next start of the server installs what they require and loads them."

    func takeFunctions() async throws {
        try await take("functions", try await source.rows("function"), name: { $0.text("name") ?? "" }) { row in
            guard let owner = users[row.text("user_id") ?? ""] else { return .leftOut(Self.ownerMissing) }
            let content = row.text("content") ?? ""
            if let problem = Self.problem(row.id, content) { return .leftOut(problem) }
            guard let kind = PluginRules.likelyKind(content), kind != .tools else { return .leftOut("its code has no class Pipe, Filter or Action") }
            var function = Function(id: row.id, userID: owner, name: row.text("name") ?? row.id, kind: kind, content: content)
            (function.isActive, function.isGlobal) = (row.flag("is_active"), row.flag("is_global"))
            function.createdAt = row.time("created_at") ?? .now()
            function.updatedAt = row.time("updated_at") ?? function.createdAt
            function.meta = Self.meta(row, function.code)
            let known = try await here.functions.find(row.id)
            if let known, known.userID != owner || known.createdAt != function.createdAt { return .leftOut(Self.staysAsItIs) }
            if isDryRun { return known == nil ? .taken : .already }
            if known == nil { try await here.functions.insert(function) }
            try await bringValves(row.object("valves"), for: function.key)
            return known == nil ? .taken : .already
        }
        if report["functions"].taken > 0 { report.note(Self.loadedLater) }
    }

    func takeTools(_ grants: [String: [SourceRow]]) async throws {
        try await take("tools", try await source.rows("tool"), name: { $0.text("name") ?? "" }) { row in
            guard let owner = users[row.text("user_id") ?? ""] else { return .leftOut(Self.ownerMissing) }
            let content = row.text("content") ?? ""
            if let problem = Self.problem(row.id, content) { return .leftOut(problem) }
            guard PluginRules.likelyKind(content) == .tools else { return .leftOut("its code has no class Tools") }
            var toolkit = Toolkit(id: row.id, userID: owner, name: row.text("name") ?? row.id, content: content)
            toolkit.createdAt = row.time("created_at") ?? .now()
            toolkit.updatedAt = row.time("updated_at") ?? toolkit.createdAt
            toolkit.meta = Self.meta(row, toolkit.code)
            let known = try await here.toolkits.find(row.id)
            if let known, known.userID != owner || known.createdAt != toolkit.createdAt { return .leftOut(Self.staysAsItIs) }
            if isDryRun { return known == nil ? .taken : .already }
            if known == nil { try await here.toolkits.insert(toolkit) }
            try await bringValves(row.object("valves"), for: toolkit.key)
            try await bringGrants(.tool, row.id, grants)
            return known == nil ? .taken : .already
        }
        if report["tools"].taken > 0, report["functions"].taken == 0 { report.note(Self.loadedLater) }
    }

    /// What people set for themselves: there it stands in the clear among their settings, here it is sealed.
    func takeOwnValves() async throws {
        let kind = "own valves"
        let earlier = try await here.ledger.taken(kind, source: identity)
        var done: [String] = []
        for row in try await source.rows("user") {
            guard let settings = row.object("settings"), let userID = users[row.id] else { continue }
            for (area, plugin) in [("functions", PluginKey.Kind.function), ("tools", .tool)] {
                for (id, values) in settings[area]?["valves"]?.object ?? [:] {
                    guard let values = values.object, !values.isEmpty else { continue }
                    report[kind].found += 1
                    let (name, key) = ("\(row.id) \(plugin.rawValue) \(id)", PluginKey(plugin, id))
                    if earlier.contains(name) {
                        report[kind].already += 1
                    } else if try await !isTaken(key) {
                        report.leaveOut(kind, name, "of " + (row.text("email") ?? ""), "the \(plugin.rawValue) is not here")
                    } else if isDryRun {
                        report[kind].taken += 1
                    } else if try await here.valves.valves(of: key, userID: userID).isEmpty {
                        try await here.valves.putUnchecked(values, for: key, userID: userID)
                        report[kind].taken += 1
                        done.append(name)
                    } else {
                        report[kind].already += 1
                        done.append(name)
                    }
                }
            }
        }
        if !isDryRun, !done.isEmpty { try await here.ledger.mark(done, kind: kind, source: identity) }
    }

    static func withoutValves(_ settings: JSONObject) -> JSONObject {
        var settings = settings
        for area in ["functions", "tools"] {
            guard var inner = settings[area]?.object, inner["valves"] != nil else { continue }
            inner["valves"] = nil
            settings[area] = inner.isEmpty ? nil : .object(inner)
        }
        return settings
    }

    // MARK: Details

    /// Whether it is here; in a dry run also whether it would be.
    private func isTaken(_ key: PluginKey) async throws -> Bool {
        switch key.kind {
        case .function:
            if try await here.functions.find(key.id) != nil { return true }
        case .tool:
            if try await here.toolkits.find(key.id) != nil { return true }
        }
        guard isDryRun else { return false }
        let (table, section) = key.kind == .function ? ("function", "functions") : ("tool", "tools")
        return try await source.rows(table).contains { $0.id == key.id } && !report[section].leftOut.contains { $0.id == key.id }
    }

    /// - Returns: why it cannot be taken.
    private static func problem(_ id: String, _ content: String) -> String? {
        do {
            guard try PluginRules.id(id) == id else { return "its id has capital letters" }
            try PluginRules.check(content: content)
            return nil
        } catch {
            return (error as? AppError)?.message ?? "it cannot be read"
        }
    }

    /// What people wrote about it; the rest is worked out from the code.
    private static func meta(_ row: SourceRow, _ code: FunctionCode) -> JSONObject {
        var meta = (row.object("meta") ?? [:]).filter { key, _ in !["manifest", "toggle", "has_user_valves", "install"].contains(key) }
        meta["manifest"] = .object(code.frontMatter)
        return meta
    }

    /// Sealed; what is set here already stays.
    private func bringValves(_ values: JSONObject?, for key: PluginKey) async throws {
        guard let values, !values.isEmpty, try await here.valves.valves(of: key).isEmpty else { return }
        try await here.valves.putUnchecked(values, for: key)
    }
}
