import Domain

extension ImportRun {
    /// Knowledge bases with their directories and links to files.
    func takeKnowledge(_ grants: [String: [SourceRow]]) async throws {
        let directories = Dictionary(grouping: try await source.rows("knowledge_directory")) { $0.text("knowledge_id") ?? "" }
        let links = Dictionary(grouping: try await source.rows("knowledge_file")) { $0.text("knowledge_id") ?? "" }
        try await take("knowledge bases", try await source.rows("knowledge"), name: { $0.text("name") ?? "" }) { row in
            guard let owner = users[row.text("user_id") ?? ""] else { return .leftOut(Self.ownerMissing) }
            let isHere = try await here.knowledge.find(row.id) != nil
            let missing = (links[row.id] ?? []).filter { !files.contains($0.text("file_id") ?? "") }
            if !missing.isEmpty { report.note("\(missing.count) files of the knowledge base \(row.text("name") ?? row.id) are not there any more.") }
            if isDryRun { return isHere ? .already : .taken }
            if !isHere {
                let createdAt = row.time("created_at") ?? .now()
                try await here.knowledge.insert(
                    KnowledgeBase(
                        id: row.id, userID: owner, name: row.text("name") ?? "", description: row.text("description") ?? "",
                        meta: row.object("meta"), createdAt: createdAt, updatedAt: row.time("updated_at") ?? createdAt))
            }
            try await takeDirectories(directories[row.id] ?? [], of: row.id, owner: owner)
            for (directory, links) in Dictionary(grouping: links[row.id] ?? [], by: { $0.text("directory_id") }) {
                let ids = links.compactMap { $0.text("file_id") }.filter(files.contains)
                try await here.knowledge.add(fileIDs: ids, to: row.id, directoryID: directory)
            }
            try await bringGrants(.knowledge, row.id, grants)
            return isHere ? .already : .taken
        }
    }

    /// Parents before children. A directory whose parent is not there stands at the top.
    private func takeDirectories(_ rows: [SourceRow], of knowledgeID: String, owner: String) async throws {
        for row in Self.parentsFirst(rows) {
            if try await here.knowledge.directory(row.id) != nil { continue }
            let parent = row.text("parent_id").flatMap { id in rows.contains { $0.id == id } ? id : nil }
            let createdAt = row.time("created_at") ?? .now()
            do {
                try await here.knowledge.insert(
                    KnowledgeDirectory(
                        id: row.id, knowledgeID: knowledgeID, parentID: parent, name: row.text("name") ?? row.id,
                        userID: users[row.text("user_id") ?? ""] ?? owner, createdAt: createdAt, updatedAt: row.time("updated_at") ?? createdAt))
            } catch let error as AppError where error.code == .conflict {
                report.leaveOut("directories", row.id, row.text("name") ?? "", "a directory of that name is there already; its files are at the top")
            }
        }
    }

    /// Rows whose `parent_id` comes before them; members of a circle are left out.
    static func parentsFirst(_ rows: [SourceRow]) -> [SourceRow] {
        var waiting = rows
        var done: Set<String> = []
        var ordered: [SourceRow] = []
        let ids = Set(rows.map(\.id))
        while !waiting.isEmpty {
            let ready = waiting.filter { row in row.text("parent_id").map { done.contains($0) || !ids.contains($0) } ?? true }
            if ready.isEmpty { break }
            ordered += ready
            done.formUnion(ready.map(\.id))
            waiting.removeAll { done.contains($0.id) }
        }
        return ordered
    }

    /// Workspace models, and what was set for models of providers.
    func takeModels(_ grants: [String: [SourceRow]]) async throws {
        try await take("models", try await source.rows("model"), name: { $0.text("name") ?? "" }) { row in
            guard let owner = users[row.text("user_id") ?? ""] else { return .leftOut(Self.ownerMissing) }
            let createdAt = row.time("created_at") ?? .now()
            if let known = try await here.models.find(row.id) {
                guard known.userID == owner, known.createdAt == createdAt else {
                    return .leftOut("a model with this id is here already and stays as it is")
                }
                try await bringGrants(.model, row.id, grants)
                return .already
            }
            if isDryRun { return .taken }
            try await here.models.insert(
                WorkspaceModel(
                    id: row.id, versionID: row.text("version_id") ?? makeID(), userID: owner,
                    baseModelID: row.text("base_model_id").flatMap { $0.isEmpty ? nil : $0 }, name: row.text("name") ?? row.id,
                    params: row.object("params") ?? [:], meta: row.object("meta") ?? [:], isActive: row.flag("is_active"), createdAt: createdAt,
                    updatedAt: row.time("updated_at") ?? createdAt))
            try await bringGrants(.model, row.id, grants)
            return .taken
        }
    }
}
