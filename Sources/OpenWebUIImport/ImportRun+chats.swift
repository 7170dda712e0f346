import Domain

extension ImportRun {
    /// Folders of chats. Where a folder of the same name is in the same place already, chats go into that one.
    func takeFolders() async throws {
        let rows = try await source.rows("folder")
        let ordered = Self.parentsFirst(rows)
        try await take("folders", ordered, name: { $0.text("name") ?? "" }) { row in
            guard let owner = users[row.text("user_id") ?? ""] else { return .leftOut(Self.ownerMissing) }
            if try await here.folders.find(row.id, ownerID: owner) != nil { return .already }
            if isDryRun { return .taken }
            var parent = row.text("parent_id")
            if let id = parent, try await here.folders.find(id, ownerID: owner) == nil { parent = nil }
            let createdAt = row.time("created_at") ?? .now()
            var folder = ChatFolder(
                id: row.id, parentID: parent, userID: owner, name: row.text("name") ?? row.id, meta: row.object("meta"), data: row.object("data"),
                isExpanded: row.flag("is_expanded"), createdAt: createdAt, updatedAt: row.time("updated_at") ?? createdAt)
            do {
                try await here.folders.insert(folder)
            } catch let error as AppError where error.code == .badRequest {
                folder.name += " (Open WebUI)"
                try await here.folders.insert(folder)
            }
            return .taken
        }
        for row in rows where !ordered.contains(where: { $0.id == row.id }) {
            report.leaveOut("folders", row.id, row.text("name") ?? "", "it lies inside itself")
        }
    }

    /// Chats with their tags, folder and shared snapshot.
    func takeChats() async throws {
        let tags = Dictionary(try await source.rows("tag").map { (($0.text("user_id") ?? "") + " " + $0.id, $0.text("name") ?? $0.id) }) { first, _ in
            first
        }
        var position: Int64 = 0
        while true {
            let (rows, next) = try await source.page("chat", after: position, limit: 100)
            if rows.isEmpty { break }
            position = next
            var fresh: [SavedChat] = []
            try await take("chats", rows, name: { $0.text("title") ?? "" }, finish: { try await here.chats.insert(fresh) }) { row in
                guard let owner = users[row.text("user_id") ?? ""] else { return .leftOut(Self.ownerMissing) }
                guard let content = row.object("chat") else { return .leftOut("its content is no JSON object") }
                if try await here.chats.find(row.id, ownerID: owner) != nil { return .already }
                if !isDryRun { fresh.append(Self.chat(row, owner: owner, content: content, tags: tags)) }
                return .taken
            }
        }
        try await takeShares()
    }

    private static func chat(_ row: SourceRow, owner: String, content: JSONObject, tags: [String: String]) -> SavedChat {
        let createdAt = row.time("created_at") ?? .now()
        var meta = row.object("meta") ?? [:]
        if let ids = meta["tags"]?.array?.compactMap(\.string) {
            // The store wants names and derives the ids.
            let names = ids.map { tags[(row.text("user_id") ?? "") + " " + $0] ?? $0 }
            meta["tags"] = .strings(names)
        }
        return SavedChat(
            id: row.id, userID: owner, title: row.text("title") ?? SavedChat.title(of: content), content: content, createdAt: createdAt,
            updatedAt: row.time("updated_at") ?? createdAt, isArchived: row.flag("archived"), isPinned: row.flag("pinned"),
            folderID: row.text("folder_id"), meta: meta, variables: row.object("variables") ?? [:])
    }

    /// Shared snapshots keep their address.
    private func takeShares() async throws {
        let shares = try await source.rows("shared_chat")
        try await take("shared chats", shares, name: { $0.text("title") ?? "" }) { row in
            guard let owner = users[row.text("user_id") ?? ""], let chatID = row.text("chat_id") else { return .leftOut(Self.ownerMissing) }
            guard let content = row.object("chat") else { return .leftOut("its content is no JSON object") }
            if try await here.chats.shared(row.id) != nil { return .already }
            if isDryRun { return .taken }
            let createdAt = row.time("created_at") ?? .now()
            let snapshot = SavedChat(
                id: row.id, userID: owner, title: row.text("title") ?? SavedChat.title(of: content), content: content, createdAt: createdAt,
                updatedAt: row.time("updated_at") ?? createdAt)
            guard try await here.chats.putShare(snapshot, of: chatID) else {
                return .leftOut("its chat is not here or is shared under another address")
            }
            return .taken
        }
    }
}
