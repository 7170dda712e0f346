package import Domain
import GRDB

package struct SQLiteSessionStore: SessionStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func session(id: String) async throws -> Session? {
        try await database.pool.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM session WHERE id = ?", arguments: [id]).map(Session.init(row:))
        }
    }

    package func sessions(userID: String, now: EpochSeconds) async throws -> [Session] {
        try await database.pool.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM session WHERE user_id = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)
                    ORDER BY last_seen_at DESC, rowid DESC
                    """, arguments: [userID, now]
            ).map(Session.init(row:))
        }
    }

    package func insert(_ session: Session) async throws {
        try await database.pool.write { database in
            try database.execute(
                sql: """
                    INSERT INTO session (id, user_id, created_at, last_seen_at, expires_at, address, agent, revoked_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
                    """,
                arguments: [
                    session.id, session.userID, session.createdAt, session.lastSeenAt, session.expiresAt, session.address, session.agent,
                    session.revokedAt,
                ])
        }
    }

    package func extend(id: String, expiresAt: EpochSeconds?) async throws {
        try await database.pool.write { database in
            try database.execute(sql: "UPDATE session SET expires_at = ? WHERE id = ? AND revoked_at IS NULL", arguments: [expiresAt, id])
        }
    }

    package func revoke(id: String, userID: String, at: EpochSeconds) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(
                sql: "UPDATE session SET revoked_at = ? WHERE id = ? AND user_id = ? AND revoked_at IS NULL", arguments: [at, id, userID])
            return database.changesCount > 0
        }
    }

    package func revokeAll(userID: String, except: String?, at: EpochSeconds) async throws {
        try await database.pool.write { database in
            try database.execute(
                sql: "UPDATE session SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL AND id IS NOT ?", arguments: [at, userID, except])
            try database.execute(sql: "UPDATE user SET sessions_revoked_at = ? WHERE id = ?", arguments: [at, userID])
        }
    }

    package func revokedBefore(userID: String) async throws -> EpochSeconds {
        try await database.pool.read { database in
            try Int.fetchOne(database, sql: "SELECT sessions_revoked_at FROM user WHERE id = ?", arguments: [userID]) ?? 0
        }
    }

    package func touch(_ lastSeen: [String: EpochSeconds]) async throws {
        try await database.pool.write { database in
            for (id, time) in lastSeen {
                try database.execute(sql: "UPDATE session SET last_seen_at = max(last_seen_at, ?) WHERE id = ?", arguments: [time, id])
            }
        }
    }

    package func purge(before: EpochSeconds) async throws {
        try await database.pool.write { try $0.execute(sql: "DELETE FROM session WHERE expires_at < ?", arguments: [before]) }
    }
}

extension Session {
    fileprivate init(row: Row) {
        self.init(
            id: row["id"], userID: row["user_id"], createdAt: row["created_at"], expiresAt: row["expires_at"],
            origin: RequestOrigin(address: row["address"], agent: row["agent"]))
        lastSeenAt = row["last_seen_at"]
        revokedAt = row["revoked_at"]
    }
}
