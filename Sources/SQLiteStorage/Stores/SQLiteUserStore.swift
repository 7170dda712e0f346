package import Domain
import GRDB

package struct SQLiteUserStore: UserStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func user(id: String) async throws -> User? {
        try await database.pool.read { try Self.fetch($0, id: id) }
    }

    package func user(email: String) async throws -> User? {
        try await database.pool.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM user WHERE email = ?", arguments: [email.lowercased()]).map(User.init(row:))
        }
    }

    package func user(oauthProvider: String, subject: String) async throws -> User? {
        try await database.pool.read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT user.* FROM user, json_each(user.oauth) AS provider
                    WHERE user.oauth IS NOT NULL AND provider.key = ? AND provider.type = 'object' AND json_extract(provider.value, '$.sub') = ?
                    """, arguments: [oauthProvider, subject]
            ).map(User.init(row:))
        }
    }

    package func users(ids: [String]) async throws -> [User] {
        try await database.pool.read { database in
            // SQLite takes at most 32766 variables.
            try stride(from: 0, to: ids.count, by: 1000).flatMap { start in
                let part = Array(ids[start..<min(start + 1000, ids.count)])
                return try Row.fetchAll(
                    database, sql: "SELECT * FROM user WHERE id IN (\(Database.placeholders(part.count))) ORDER BY name",
                    arguments: StatementArguments(part)
                ).map(User.init(row:))
            }
        }
    }

    package func page(query: String, order: UserOrder, _ page: PageRequest) async throws -> Page<User> {
        try await database.pool.read { database in
            let escaped = query.reduce(into: "") { $0 += "\\%_".contains($1) ? "\\\($1)" : String($1) }
            let condition = query.isEmpty ? "1" : "(name LIKE :query ESCAPE '\\' OR email LIKE :query ESCAPE '\\')"
            let like: [String: (any DatabaseValueConvertible)?] = query.isEmpty ? [:] : ["query": "%\(escaped)%"]
            let total = try Int.fetchOne(database, sql: "SELECT count(*) FROM user WHERE \(condition)", arguments: StatementArguments(like)) ?? 0
            let direction = order.ascending ? "ASC" : "DESC"
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM user WHERE \(condition) ORDER BY \(order.key.rawValue) COLLATE NOCASE \(direction), rowid \(direction)
                    LIMIT :limit OFFSET :offset
                    """, arguments: StatementArguments(like.merging(["limit": page.limit, "offset": page.offset]) { $1 }))
            return Page(items: rows.map(User.init(row:)), total: total)
        }
    }

    package func count() async throws -> Int {
        try await database.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM user") ?? 0 }
    }

    package func firstAdmin() async throws -> User? {
        try await database.pool.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM user WHERE role = 'admin' ORDER BY created_at, rowid LIMIT 1").map(User.init(row:))
        }
    }

    package func insert(_ user: User, passwordHash: String?, firstBecomesAdmin: Bool) async throws -> User {
        try await refusingTakenEmail {
            try await database.pool.write { database in
                var user = user
                if firstBecomesAdmin, try Int.fetchOne(database, sql: "SELECT count(*) FROM user") == 0 { user.role = .admin }
                let columns = user.columns
                let names = columns.map(\.0) + ["id", "created_at", "password_hash"]
                try database.execute(
                    sql: "INSERT INTO user (\(names.joined(separator: ", "))) VALUES (\(Database.placeholders(names.count)))",
                    arguments: StatementArguments(columns.map(\.1) + [user.id, user.createdAt, passwordHash]))
                return user
            }
        }
    }

    package func update(id: String, _ change: @escaping @Sendable (inout User) throws -> Void) async throws -> User? {
        try await refusingTakenEmail {
            try await database.pool.write { database in
                guard var user = try Self.fetch(database, id: id) else { return nil }
                try change(&user)
                let columns = user.columns
                try database.execute(
                    sql: "UPDATE user SET \(columns.map { "\($0.0) = ?" }.joined(separator: ", ")) WHERE id = ?",
                    arguments: StatementArguments(columns.map(\.1) + [id]))
                return user
            }
        }
    }

    package func delete(id: String) async throws {
        try await database.pool.write { database in
            try database.execute(sql: "DELETE FROM user WHERE id = ?", arguments: [id])
            try database.execute(sql: "DELETE FROM access_grant WHERE principal_type = 'user' AND principal_id = ?", arguments: [id])
        }
    }

    package func passwordHash(userID: String) async throws -> String? {
        try await database.pool.read { try String.fetchOne($0, sql: "SELECT password_hash FROM user WHERE id = ?", arguments: [userID]) }
    }

    package func setPasswordHash(_ hash: String, userID: String, replacing: String?) async throws {
        try await database.pool.write { database in
            try database.execute(
                sql: "UPDATE user SET password_hash = :hash WHERE id = :id AND (:old IS NULL OR password_hash = :old)",
                arguments: ["hash": hash, "id": userID, "old": replacing])
        }
    }

    package func touch(_ lastActive: [String: EpochSeconds]) async throws {
        try await database.pool.write { database in
            for (id, time) in lastActive {
                try database.execute(
                    sql: "UPDATE user SET last_active_at = max(last_active_at, ?) WHERE id = ?", arguments: [time, id])
            }
        }
    }

    private static func fetch(_ database: Database, id: String) throws -> User? {
        try Row.fetchOne(database, sql: "SELECT * FROM user WHERE id = ?", arguments: [id]).map(User.init(row:))
    }

    private func refusingTakenEmail<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
            throw AppError.emailTaken
        }
    }
}

extension User {
    fileprivate init(row: Row) {
        self.init(
            id: row["id"], email: row["email"], name: row["name"], role: Role(rawValue: row["role"]) ?? .pending,
            profileImageURL: row["profile_image_url"], createdAt: row["created_at"])
        username = row["username"]
        bio = row["bio"]
        gender = row["gender"]
        dateOfBirth = row["date_of_birth"]
        timezone = row["timezone"]
        status = Status(emoji: row["status_emoji"], message: row["status_message"], expiresAt: row["status_expires_at"])
        settings = JSONObject(stored: row["settings"])
        info = JSONObject(stored: row["info"])
        variables = JSONObject(stored: row["variables"])
        oauth = JSONObject(stored: row["oauth"])
        lastActiveAt = row["last_active_at"]
        updatedAt = row["updated_at"]
    }

    /// Every column that an update writes.
    fileprivate var columns: [(String, (any DatabaseValueConvertible)?)] {
        [
            ("email", email), ("username", username), ("role", role.rawValue), ("name", name), ("profile_image_url", profileImageURL), ("bio", bio),
            ("gender", gender), ("date_of_birth", dateOfBirth), ("timezone", timezone), ("status_emoji", status.emoji),
            ("status_message", status.message), ("status_expires_at", status.expiresAt), ("settings", settings?.storedText),
            ("info", info?.storedText), ("variables", variables?.storedText), ("oauth", oauth?.storedText), ("last_active_at", lastActiveAt),
            ("updated_at", updatedAt),
        ]
    }
}
