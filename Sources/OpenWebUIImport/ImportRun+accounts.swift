import Domain

extension ImportRun {
    /// Accounts with their password hashes. Somebody who is here already under the same e-mail keeps their account and their
    /// password here, and gets what they owned there.
    func takeAccounts() async throws {
        let passwords = Dictionary(try await source.rows("auth").map { ($0.id, $0) }) { first, _ in first }
        let rows = try await source.rows("user")
        var secondFactors = 0
        try await take("accounts", rows, name: { $0.text("email") ?? "" }) { row in
            guard !row.id.isEmpty, let email = row.text("email")?.trimmed.lowercased(), !email.isEmpty else { return .leftOut("it has no e-mail") }
            if try await here.users.user(id: row.id) != nil { return .already }
            if let same = try await here.users.user(email: email) {
                report.note("\(email) is here already: that account keeps its password and gets what it owned there; old sessions of it end.")
                users[row.id] = same.id
                return .already
            }
            let credentials = passwords[row.id]
            if let factor = credentials?.object("mfa"), !factor.isEmpty { secondFactors += 1 }
            if isDryRun {
                users[row.id] = row.id
                return .taken
            }
            let hash = credentials?.text("password").flatMap { $0.hasPrefix("$") ? $0 : nil }
            let user = Self.user(row, email: email, isActive: credentials?.flag("active") ?? true)
            _ = try await here.users.insert(user, passwordHash: hash, firstBecomesAdmin: false)
            try await markStamp(credentials, userID: user.id)
            return .taken
        }
        for row in rows where users[row.id] == nil {
            if try await here.users.user(id: row.id) != nil {
                users[row.id] = row.id
                try await markStamp(passwords[row.id], userID: row.id)
            } else if let email = row.text("email"), let same = try await here.users.user(email: email.trimmed.lowercased()) {
                users[row.id] = same.id
            }
        }
        if secondFactors > 0 {
            report.note("\(secondFactors) accounts had a second factor, which Haneul does not ask for: the password alone signs them in.")
        }
    }

    /// A token of that server is good here only when it names the stamp that the account had at the end: it changes with the
    /// password.
    private func markStamp(_ credentials: SourceRow?, userID: String) async throws {
        guard !isDryRun, let stamp = credentials?.text("session_stamp"), !stamp.isEmpty else { return }
        try await here.ledger.mark(["\(userID) \(stamp)"], kind: ForeignSession.ledgerKind, source: identity)
    }

    private static func user(_ row: SourceRow, email: String, isActive: Bool) -> User {
        let image = row.text("profile_image_url") ?? ""
        var user = User(
            id: row.id, email: email, name: row.text("name") ?? email, role: isActive ? Role(rawValue: row.text("role") ?? "") ?? .pending : .pending,
            profileImageURL: UserRule.isImageURL(image) ? image : User.defaultImageURL, createdAt: row.time("created_at") ?? .now())
        user.username = row.text("username")
        user.bio = row.text("bio")
        user.gender = row.text("gender")
        user.dateOfBirth = row.text("date_of_birth")
        user.timezone = row.text("timezone")
        user.status = User.Status(
            emoji: row.text("status_emoji"), message: row.text("status_message"), expiresAt: row.time("status_expires_at"))
        user.settings = row.object("settings").map(Self.withoutValves)
        user.info = row.object("info")
        user.variables = row.object("variables")
        user.oauth = row.object("oauth")
        user.lastActiveAt = row.time("last_active_at") ?? user.createdAt
        user.updatedAt = row.time("updated_at") ?? user.createdAt
        return user
    }

    /// Groups with their members. A group of the same name that is here gets the members.
    func takeGroups() async throws {
        let members = Dictionary(grouping: try await source.rows("group_member")) { $0.text("group_id") ?? "" }
        let rows = try await source.rows("group")
        try await take("groups", rows, name: { $0.text("name") ?? "" }) { row in
            guard let name = row.text("name"), !name.isEmpty else { return .leftOut("it has no name") }
            if let parent = row.text("parent_group_id"), !parent.isEmpty {
                report.note("The group \(name) was part of another group; groups stand side by side here.")
            }
            let sameName = try await here.groups.group(name: name)
            let known = try await here.groups.group(id: row.id) ?? sameName
            groups[row.id] = known?.id ?? row.id
            if isDryRun { return known == nil ? .taken : .already }
            if known == nil {
                var group = Group(
                    id: row.id, userID: users[row.text("user_id") ?? ""] ?? "", name: name, description: row.text("description") ?? "",
                    createdAt: row.time("created_at") ?? .now())
                group.permissions = row.object("permissions")
                group.data = row.object("data")
                group.meta = row.object("meta")
                group.updatedAt = row.time("updated_at") ?? group.createdAt
                try await here.groups.insert(group)
            }
            let ids = (members[row.id] ?? []).compactMap { users[$0.text("user_id") ?? ""] }
            try await here.groups.add(memberIDs: ids, to: known?.id ?? row.id, at: .now())
            return known == nil ? .taken : .already
        }
        for row in rows where groups[row.id] == nil {
            if try await here.groups.group(id: row.id) != nil {
                groups[row.id] = row.id
            } else if let name = row.text("name"), let same = try await here.groups.group(name: name) {
                groups[row.id] = same.id
            }
        }
    }

    /// API keys: that server keeps them in the clear, here only their fingerprints stay (and, sealed, the account's one key, which
    /// can be shown again). An account that has a key here gets the old one as a named key beside it.
    func takeKeys() async throws {
        let rows = try await source.rows("api_key")
        try await take("API keys", rows, name: { "of " + ($0.text("user_id") ?? "") }) { row in
            guard let secret = row.text("key"), secret.hasPrefix("sk-"), secret.utf8.count >= 20 else {
                return .leftOut("it is no key that can be taken")
            }
            guard let userID = users[row.text("user_id") ?? ""] else { return .leftOut(Self.ownerMissing) }
            if let expiresAt = row.time("expires_at"), expiresAt <= .now() { return .leftOut("it has expired") }
            let digest = here.secrets.digest(secret)
            if try await here.keys.key(digest: digest) != nil { return .already }
            if isDryRun { return .taken }
            let hasKey = try await here.keys.accountKey(userID: userID) != nil
            let key = APIKey(
                userID: userID, kind: hasKey ? .named : .account, name: hasKey ? "Open WebUI" : "", hint: String(secret.suffix(4)),
                expiresAt: row.time("expires_at"), lastUsedAt: row.time("last_used_at"), createdAt: row.time("created_at") ?? .now())
            try await here.keys.insert(key, digest: digest, sealed: hasKey ? nil : try here.sealer.seal(secret))
            return .taken
        }
    }
}
