import Domain

extension AccountStoresContract {
    static func sessions(_ stores: Stores) async throws {
        let user = try await add(stores, "a@b.co")
        let store = stores.sessions
        for (id, expiry) in [("old", 50), ("new", 1000), ("ever", nil)] as [(String, Int?)] {
            try await store.insert(
                Session(id: id, userID: user.id, createdAt: 10, expiresAt: expiry, origin: RequestOrigin(address: "1.2.3.4", agent: "x")))
        }
        try await store.touch(["new": 60])
        let listed = try await store.sessions(userID: user.id, now: 100)
        try require(
            listed.map(\.id) == ["new", "ever"] && listed[0].lastSeenAt == 60 && listed[0].address == "1.2.3.4", "live ones, last seen first")
        let foreign = try await store.revoke(id: "new", userID: "somebody", at: 70)
        let own = try await store.revoke(id: "new", userID: user.id, at: 70)
        let again = try await store.revoke(id: "new", userID: user.id, at: 71)
        try require(!foreign && own && !again, "a session is ended once, by its owner")
        let ended = try await store.session(id: "new")
        try require(ended?.revokedAt == 70, "an ended session is remembered")
        try await store.insert(Session(id: "new", userID: user.id, expiresAt: nil))
        let still = try await store.session(id: "new")
        try require(still?.revokedAt == 70, "an ended session does not come back")
        try await store.extend(id: "ever", expiresAt: 500)
        let extended = try await store.session(id: "ever")
        try require(extended?.expiresAt == 500, "a session is prolonged")
        try await store.purge(before: 60)
        let purged = try await store.session(id: "old")
        try require(purged == nil, "expired sessions are forgotten")
    }

    static func foreignSessions(_ stores: Stores) async throws {
        let user = try await add(stores, "a@b.co")
        for id in ["one", "two"] { try await stores.sessions.insert(Session(id: id, userID: user.id, expiresAt: nil)) }
        let before = try await stores.sessions.revokedBefore(userID: user.id)
        try await stores.sessions.revokeAll(userID: user.id, except: "two", at: 77)
        let (one, two) = (try await stores.sessions.session(id: "one"), try await stores.sessions.session(id: "two"))
        let after = try await stores.sessions.revokedBefore(userID: user.id)
        try require(before == 0 && one?.revokedAt == 77 && two?.revokedAt == nil && after == 77, "all but one end, and the moment is kept")
        try await stores.sessions.revokeAll(userID: user.id, except: nil, at: 88)
        let last = try await stores.sessions.session(id: "two")
        try require(last?.revokedAt == 88, "all end")
    }

    static func accountKeys(_ stores: Stores) async throws {
        let user = try await add(stores, "a@b.co")
        for digest in ["one", "two"] {
            try await stores.keys.insert(
                APIKey(id: digest, userID: user.id, kind: .account, name: "", hint: "1234"), digest: digest, sealed: "sealed \(digest)")
        }
        let (old, new) = (try await stores.keys.key(digest: "one"), try await stores.keys.key(digest: "two"))
        let kept = try await stores.keys.accountKey(userID: user.id)
        try require(old == nil && new?.id == "two" && kept?.sealed == "sealed two", "there is one account key, the last")
    }

    static func namedKeys(_ stores: Stores) async throws {
        let user = try await add(stores, "a@b.co")
        let limits = KeyRestrictions(scopes: [.chat], modelIDs: ["m"], requestsPerMinute: 3)
        for id in ["one", "two"] {
            try await stores.keys.insert(
                APIKey(id: id, userID: user.id, kind: .named, name: id, hint: "1234", restrictions: limits, expiresAt: 9), digest: "d\(id)",
                sealed: nil)
        }
        let listed = try await stores.keys.keys(userID: user.id)
        try require(listed.map(\.id) == ["two", "one"], "newest first")
        try require(listed[0].restrictions == limits && listed[0].expiresAt == 9, "limits are kept")
        let none = try await stores.keys.accountKey(userID: user.id)
        try require(none == nil, "a named key is not the account's")
        let changed = try await stores.keys.update(id: "one") { key in
            key.name = "new"
            key.restrictions = KeyRestrictions()
            key.expiresAt = nil
        }
        let read = try await stores.keys.key(id: "one")
        try require(changed?.name == "new" && read?.restrictions == KeyRestrictions() && read?.expiresAt == nil, "a key changes")
        try await stores.keys.touch(["one": 7])
        let used = try await stores.keys.key(id: "one")
        try require(used?.lastUsedAt == 7, "the last use is kept")
        let (first, second) = (try await stores.keys.delete(id: "one"), try await stores.keys.delete(id: "one"))
        let gone = try await stores.keys.key(digest: "done")
        try require(first && !second && gone == nil, "a key is revoked once")
    }

    static func groups(_ stores: Stores) async throws {
        let (user, other) = (try await add(stores, "a@b.co"), try await add(stores, "c@d.co"))
        for (id, name) in [("g1", "beta"), ("g2", "Alpha")] {
            var group = Group(id: id, userID: user.id, name: name, description: "d", createdAt: 5)
            group.permissions = ["chat": ["edit": true]]
            try await stores.groups.insert(group)
        }
        let all = try await stores.groups.groups()
        try require(all.map(\.name) == ["Alpha", "beta"] && all[0].permissions == ["chat": ["edit": true]] && all[0].data == nil, "by name")
        try await stores.groups.add(memberIDs: [other.id, "nobody", user.id, other.id], to: "g1", at: 1)
        try await stores.groups.add(memberIDs: [user.id], to: "no group", at: 1)
        let members = try await stores.groups.memberIDs(groupID: "g1")
        let counts = try await stores.groups.memberCounts()
        try require(members == [other.id, user.id] && counts == ["g1": 2], "members are accounts that exist, once each")
        try await stores.groups.setGroups(["g2", "none"], memberID: user.id, at: 2)
        let own = try await stores.groups.groups(memberID: user.id)
        let byMember = try await stores.groups.groupIDs(memberIDs: [user.id, other.id, "nobody"])
        try require(own.map(\.id) == ["g2"] && byMember == [user.id: ["g2"], other.id: ["g1"]], "an account's groups")
        try await stores.groups.remove(memberIDs: [other.id], from: "g1")
        let left = try await stores.groups.memberIDs(groupID: "g1")
        try require(left.isEmpty, "members leave")
        let resource = ResourceID(.knowledge, "k")
        try await stores.grants.replace(
            [AccessGrant(resource: resource, principalType: .group, principalID: "g2", permission: .read)], for: resource)
        let (first, second) = (try await stores.groups.delete(id: "g2"), try await stores.groups.delete(id: "g2"))
        let (grants, memberships) = (try await stores.grants.grants(for: resource), try await stores.groups.groups(memberID: user.id))
        try require(first && !second && grants.isEmpty && memberships.isEmpty, "a deleted group gives nobody anything")
    }

    static func grants(_ stores: Stores) async throws {
        let (one, two) = (ResourceID(.model, "one"), ResourceID(.model, "two"))
        func grant(_ resource: ResourceID, _ id: String, _ permission: AccessGrant.Permission = .read) -> AccessGrant {
            AccessGrant(resource: resource, principalType: .user, principalID: id, permission: permission)
        }
        try await stores.grants.replace([grant(one, "u"), grant(one, "u"), grant(one, "u", .write)], for: one)
        try await stores.grants.replace([grant(two, "*")], for: two)
        try await stores.grants.replace([grant(ResourceID(.knowledge, "one"), "v")], for: ResourceID(.knowledge, "one"))
        let kept = try await stores.grants.grants(for: one)
        try require(kept.map(\.permission) == [.read, .write], "the same grant is kept once")
        let models = try await stores.grants.grants(kind: .model)
        try require(models.mapValues(\.count) == ["one": 2, "two": 1], "grants by resource, of one kind only")
        try await stores.grants.replace([], for: one)
        try await stores.grants.deleteAll(for: two)
        let (none, other) = (try await stores.grants.grants(kind: .model), try await stores.grants.grants(kind: .knowledge))
        try require(none.isEmpty && other.count == 1, "replacing and deleting touch one resource")
    }

    static func usage(_ stores: Stores) async throws {
        let user = try await add(stores, "a@b.co")
        try await stores.keys.insert(APIKey(id: "k", userID: user.id, kind: .named, name: "", hint: ""), digest: "d", sealed: nil)
        for _ in 0..<2 {
            try await stores.usage.add([
                KeyUsage(keyID: "k", day: "2026-11-21", requests: 1, tokens: 10), KeyUsage(keyID: "k", day: "2026-11-22", requests: 2),
                KeyUsage(keyID: "gone", day: "2026-11-22", requests: 1),
            ])
        }
        let all = try await stores.usage.usage(keyID: "k", from: "2026-11-01")
        let today = try await stores.usage.usage(keyID: "k", from: "2026-11-22")
        let gone = try await stores.usage.usage(keyID: "gone", from: "")
        try require(
            all
                == [
                    KeyUsage(keyID: "k", day: "2026-11-21", requests: 2), KeyUsage(keyID: "k", day: "2026-11-22", requests: 4),
                ] && today.count == 1 && gone.isEmpty, "requests add up by day; tokens come from the calls")
    }

    static func audit(_ stores: Stores) async throws {
        for index in 0..<5 {
            try await stores.audit.append(
                AuditEvent(
                    at: 100 + index, actorID: index == 0 ? nil : "u", actor: "a@b.co", credential: "session",
                    action: ["user.create", "user.update", "usered", "user", "key.create"][index], objectID: "o\(index)", object: "O",
                    detail: ["n": .int(index)]))
        }
        func actions(_ filter: AuditFilter) async throws -> [String] {
            try await stores.audit.page(filter, PageRequest(limit: 10, offset: 0)).items.map(\.action)
        }
        try require(try await actions(AuditFilter()) == ["key.create", "user", "usered", "user.update", "user.create"], "newest first")
        try require(try await actions(AuditFilter(action: "user")) == ["user", "user.update", "user.create"], "an action and what is under it")
        try require(try await actions(AuditFilter(actorID: "u", since: 103)) == ["key.create", "user"], "by actor and time")
        try require(try await actions(AuditFilter(objectID: "o1")) == ["user.update"], "by object")
        let page = try await stores.audit.page(AuditFilter(), PageRequest(limit: 2, offset: 4))
        try require(page.total == 5 && page.items.map(\.action) == ["user.create"] && page.items[0].detail == ["n": 0], "a page")
        var (position, seen) = (0, [String]())
        while true {
            let (events, next) = try await stores.audit.events(AuditFilter(), after: position, limit: 2)
            if events.isEmpty { break }
            position = next
            seen += events.map(\.objectID)
        }
        try require(seen == ["o0", "o1", "o2", "o3", "o4"], "an export reads all, oldest first")
    }
}
