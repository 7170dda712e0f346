import Domain

extension AccountStoresContract {
    static func firstAccount(_ stores: Stores) async throws {
        let users = stores.users
        let roles = try await withThrowingTaskGroup(of: Role.self) { group in
            for index in 0..<8 {
                group.addTask {
                    try await users.insert(User(email: "\(index)@b.co", name: "", role: .pending), passwordHash: nil, firstBecomesAdmin: true).role
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try require(roles.filter { $0 == .admin }.count == 1, "exactly one of many first accounts is the administrator")
        let count = try await users.count()
        try require(count == 8, "all are stored")
        let admin = try await users.firstAdmin()
        try require(admin?.role == .admin, "the first administrator is found")
    }

    static func emails(_ stores: Stores) async throws {
        let user = try await add(stores, "Kim@Example.com")
        let found = try await stores.users.user(email: "KIM@example.COM")
        try require(found?.id == user.id && found?.email == "kim@example.com", "e-mails are compared in lower case")
        do {
            _ = try await add(stores, "kim@example.com")
            throw Violation(description: "a taken e-mail is refused")
        } catch let error as AppError {
            try require(error.message == AppError.emailTaken.message, "a taken e-mail says so")
        }
        let other = try await add(stores, "lee@example.com")
        do {
            _ = try await stores.users.update(id: other.id) { $0.email = "kim@example.com" }
            throw Violation(description: "a change to a taken e-mail is refused")
        } catch is AppError {}
        let kept = try await stores.users.user(id: other.id)
        try require(kept?.email == "lee@example.com", "a refused change changes nothing")
    }

    static func accountFields(_ stores: Stores) async throws {
        let user = try await add(stores, "a@b.co")
        let updated = try await stores.users.update(id: user.id) { user in
            user.name = "김 '; DROP TABLE user; --"
            user.role = .admin
            user.bio = "bio"
            user.settings = ["ui": ["b": 1, "a": 1.0]]
            user.variables = [:]
            user.oauth = ["oidc": ["sub": "s1"]]
            user.status = .init(emoji: "🙂", message: "m", expiresAt: 5)
        }
        let read = try await stores.users.user(id: user.id)
        try require(read?.name == updated?.name && read?.role == .admin && read?.bio == "bio", "fields are kept")
        try require(read?.settings.map { JSONValue.object($0).jsonText } == #"{"ui":{"b":1,"a":1.0}}"#, "settings are kept as they were written")
        try require(read?.variables == [:] && read?.info == nil, "empty and absent differ")
        try require(read?.status == User.Status(emoji: "🙂", message: "m", expiresAt: 5), "the status is kept")
        let byIdentity = try await stores.users.user(oauthProvider: "oidc", subject: "s1")
        let byOther = try await stores.users.user(oauthProvider: "other", subject: "s1")
        try require(byIdentity?.id == user.id && byOther == nil, "accounts are found by identity")
        let missing = try await stores.users.update(id: "none") { $0.name = "x" }
        try require(missing == nil, "an account that is not there cannot change")
        try await stores.users.touch([user.id: 500, "none": 1])
        try await stores.users.touch([user.id: 400])
        let touched = try await stores.users.user(id: user.id)
        try require(touched?.lastActiveAt == 500, "the last activity never moves back")
    }

    static func passwordHash(_ stores: Stores) async throws {
        let user = try await add(stores, "a@b.co")
        try await stores.users.setPasswordHash("two", userID: user.id, replacing: "wrong")
        let kept = try await stores.users.passwordHash(userID: user.id)
        try require(kept == "hash of a@b.co", "a hash is replaced only when it is still the one that was read")
        try await stores.users.setPasswordHash("two", userID: user.id, replacing: kept)
        try await stores.users.setPasswordHash("three", userID: user.id, replacing: nil)
        let last = try await stores.users.passwordHash(userID: user.id)
        let none = try await stores.users.passwordHash(userID: "none")
        try require(last == "three" && none == nil, "the last hash stands")
    }

    static func pages(_ stores: Stores) async throws {
        for index in 0..<5 { _ = try await add(stores, "u\(index)@b.co", name: index == 3 ? "100%_sure\\" : "Name \(index)", at: 100 + index) }
        func emails(_ query: String, _ order: UserOrder = UserOrder(), _ page: PageRequest = PageRequest(limit: 10, offset: 0)) async throws
            -> ([String], Int)
        {
            let page = try await stores.users.page(query: query, order: order, page)
            return (page.items.map { String($0.email.prefix(2)) }, page.total)
        }
        try require(try await emails("") == (["u4", "u3", "u2", "u1", "u0"], 5), "newest first")
        try require(try await emails("", UserOrder(.email, ascending: true), PageRequest(limit: 2, offset: 2)) == (["u2", "u3"], 5), "a page")
        try require(try await emails("", UserOrder(), PageRequest(limit: 2, offset: 99)) == ([], 5), "past the end")
        for (query, expected) in [("NAME", 4), ("u3@", 1), ("%_", 1), ("\\", 1), ("_", 1), ("'", 0)] {
            let total = try await emails(query).1
            try require(total == expected, "\(query) matches \(expected) accounts, not \(total)")
        }
    }

    static func deletedAccounts(_ stores: Stores) async throws {
        let (user, other) = (try await add(stores, "a@b.co"), try await add(stores, "c@d.co"))
        try await stores.sessions.insert(Session(id: "s", userID: user.id, expiresAt: nil))
        try await stores.keys.insert(APIKey(id: "k", userID: user.id, kind: .named, name: "", hint: ""), digest: "d", sealed: nil)
        try await stores.groups.insert(Group(id: "g", userID: other.id, name: "G", description: ""))
        try await stores.groups.add(memberIDs: [user.id, other.id], to: "g", at: 1)
        let resource = ResourceID(.model, "m")
        try await stores.grants.replace(
            [user.id, other.id].map { AccessGrant(resource: resource, principalType: .user, principalID: $0, permission: .read) }, for: resource)
        try await stores.users.delete(id: user.id)
        try await stores.users.delete(id: user.id)
        let (session, key) = (try await stores.sessions.session(id: "s"), try await stores.keys.key(digest: "d"))
        let (members, grants) = (try await stores.groups.memberIDs(groupID: "g"), try await stores.grants.grants(for: resource))
        try require(session == nil && key == nil && members == [other.id] && grants.map(\.principalID) == [other.id], "all that hung on it is gone")
    }
}
