import Domain

/// What people wrote beside chats: prompts, memories, notes and skills.
extension ImportRun {
    private static let staysAsItIs = "one with this id is here already and stays as it is"

    /// Prompts with their versions.
    func takePrompts(_ grants: [String: [SourceRow]]) async throws {
        let versions = Dictionary(grouping: try await source.rows("prompt_history")) { $0.text("prompt_id") ?? "" }
        try await take("prompts", try await source.rows("prompt"), name: { $0.text("command") ?? "" }) { row in
            guard let owner = users[row.text("user_id") ?? ""] else { return .leftOut(Self.ownerMissing) }
            guard !row.id.isEmpty else { return .leftOut("it has no id") }
            let command = row.text("command") ?? ""
            let createdAt = row.time("created_at") ?? .now()
            let prompt = Prompt(
                id: row.id, userID: owner, command: command, name: row.text("name") ?? command, content: row.text("content") ?? "",
                data: row.object("data") ?? [:], meta: row.object("meta") ?? [:],
                tags: (row.json("tags")?.array ?? []).compactMap(\.string), isActive: row.flag("is_active"), versionID: row.text("version_id"),
                createdAt: createdAt, updatedAt: row.time("updated_at") ?? createdAt)
            let known = try await here.prompts.find(row.id)
            if let known, known.userID != owner || known.createdAt != createdAt { return .leftOut(Self.staysAsItIs) }
            if known == nil, try await here.prompts.find(command: command) != nil { return .leftOut("its command is taken here") }
            if isDryRun { return known == nil ? .taken : .already }
            if known == nil { try await here.prompts.insert(prompt, limit: Int.max) }
            try await bring(versions[row.id] ?? [], of: row.id)
            try await bringGrants(.prompt, row.id, grants)
            return known == nil ? .taken : .already
        }
    }

    /// The newest ones, in the order in which they were made; those that are here already stay.
    private func bring(_ rows: [SourceRow], of promptID: String) async throws {
        let ordered = rows.sorted { ($0.time("created_at") ?? 0) < ($1.time("created_at") ?? 0) }
        for row in ordered.suffix(PromptLibrary.Limits.versions) where !row.id.isEmpty {
            guard try await here.prompts.version(row.id, of: promptID) == nil else { continue }
            // Whom a prompt was shared with is no part of its text.
            let snapshot = (row.object("snapshot") ?? [:]).filter { key, _ in key != "access_grants" }
            let version = PromptVersion(
                id: row.id, promptID: promptID, parentID: row.text("parent_id"), snapshot: snapshot, userID: users[row.text("user_id") ?? ""] ?? "",
                message: row.text("commit_message"), createdAt: row.time("created_at") ?? .now())
            _ = try await here.prompts.revise(promptID, kept: PromptLibrary.Limits.versions) { _, _ in version }
        }
    }

    /// Memories. They get their vectors when they are first asked for.
    func takeMemories() async throws {
        var waiting: [String: [Memory]] = [:]
        try await take(
            "memories", try await source.rows("memory"), name: { String(($0.text("content") ?? "").prefix(40)) },
            finish: {
                for (owner, memories) in waiting { try await here.memories.edit(ownerID: owner) { $0 += memories } }
            }
        ) { row in
            guard let owner = users[row.text("user_id") ?? ""] else { return .leftOut(Self.ownerMissing) }
            let content = (row.text("content") ?? "").trimmed
            guard !row.id.isEmpty, !content.isEmpty else { return .leftOut("it is empty") }
            if try await here.memories.all(ownerID: owner).contains(where: { $0.id == row.id }) { return .already }
            let createdAt = row.time("created_at") ?? .now()
            if !isDryRun {
                waiting[owner, default: []].append(
                    Memory(
                        id: row.id, userID: owner, kind: row.text("type").flatMap(Memory.Kind.init) ?? .context,
                        path: row.text("path").flatMap { $0.isEmpty ? nil : $0 }, content: content, meta: row.object("meta"), createdAt: createdAt,
                        updatedAt: row.time("updated_at") ?? createdAt))
            }
            return .taken
        }
    }

    /// Notes, and who has pinned them.
    func takeNotes(_ grants: [String: [SourceRow]]) async throws {
        let pins = Dictionary(grouping: try await source.rows("pinned_note")) { $0.text("note_id") ?? "" }
        try await take("notes", try await source.rows("note"), name: { $0.text("title") ?? "" }) { row in
            guard let owner = users[row.text("user_id") ?? ""] else { return .leftOut(Self.ownerMissing) }
            guard !row.id.isEmpty else { return .leftOut("it has no id") }
            // The one table whose times are in nanoseconds.
            let createdAt = row.number("created_at") > 0 ? row.number("created_at") : Note.now()
            let known = try await here.notes.find(row.id)
            if let known, known.userID != owner || known.createdAt != createdAt { return .leftOut(Self.staysAsItIs) }
            if isDryRun { return known == nil ? .taken : .already }
            if known == nil {
                try await here.notes.insert(
                    Note(
                        id: row.id, userID: owner, title: row.text("title") ?? "", data: row.object("data"), meta: row.object("meta"),
                        createdAt: createdAt, updatedAt: row.number("updated_at") > 0 ? row.number("updated_at") : createdAt), limit: Int.max)
            }
            for pin in pins[row.id] ?? [] {
                guard let user = users[pin.text("user_id") ?? ""], try await !here.notes.pins(userID: user).contains(row.id) else { continue }
                _ = try await here.notes.togglePin(of: row.id, userID: user)
            }
            try await bringGrants(.note, row.id, grants)
            return known == nil ? .taken : .already
        }
    }

    /// Skills. Of their files the instructions only.
    func takeSkills(_ grants: [String: [SourceRow]]) async throws {
        var all = SharedItemQuery(for: Principal(userID: "", name: "", email: "", role: .admin))
        all.isBrief = true
        let names = Set(try await here.skills.page(all).items.map(\.name))
        try await take("skills", try await source.rows("skill"), name: { $0.text("name") ?? "" }) { row in
            guard let owner = users[row.text("user_id") ?? ""] else { return .leftOut(Self.ownerMissing) }
            guard !row.id.isEmpty else { return .leftOut("it has no id") }
            let createdAt = row.time("created_at") ?? .now()
            let skill = Skill(
                id: row.id, userID: owner, name: row.text("name") ?? row.id, description: row.text("description"), content: row.text("content") ?? "",
                meta: row.object("meta") ?? [:], isActive: row.flag("is_active"), versionID: row.text("version_id") ?? makeID(),
                createdAt: createdAt, updatedAt: row.time("updated_at") ?? createdAt)
            let known = try await here.skills.find(row.id)
            if let known, known.userID != owner || known.createdAt != createdAt { return .leftOut(Self.staysAsItIs) }
            if known == nil, names.contains(skill.name) { return .leftOut("its name is taken here") }
            let files = row.object("data")?["files"]?.array?.count ?? 1
            if isDryRun { return known == nil ? .taken : .already }
            if known == nil { try await here.skills.insert(skill, limit: Int.max) }
            if files > 1 { report.note("Of the skill \(skill.name.prefix(80)) its instructions were taken, \(files - 1) more files were not.") }
            try await bringGrants(.skill, row.id, grants)
            return known == nil ? .taken : .already
        }
    }
}
