package import Domain
import Hummingbird

/// The places where an account is signed in, and ending them.
package struct SessionsController: Controller {
    private let sessions: SessionDesk
    private let audit: AuditLog

    package init(sessions: SessionDesk, audit: AuditLog) {
        self.sessions = sessions
        self.audit = audit
    }

    package func addRoutes(to table: RouteTable) {
        let routes = AuthRoutes(routes: table)
        routes.on(.get, "/sessions", access: .session, "Where the caller is signed in.") { _, context in
            let (principal, current) = try context.requireSession()
            return .json(.array(try await sessions.list(userID: principal.userID).map { Self.wire($0, current: current) }))
        }
        routes.on(.delete, "/sessions/{id}", access: .session, "End one of the caller's sessions.") { request, context in
            let (principal, _) = try context.requireSession()
            let id = try context.parameters.require("id")
            guard try await sessions.end(sessionID: id, userID: principal.userID) else { throw AppError.notFound }
            await audit.record("session.end", request, context, objectID: id)
            return .json(true)
        }
        routes.on(.delete, "/sessions", access: .session, "End all of the caller's sessions but this one.") { request, context in
            let (principal, current) = try context.requireSession()
            try await sessions.endAll(userID: principal.userID, except: current)
            await audit.record("session.end", request, context, object: "all others")
            return .json(true)
        }
        routes.on(.get, "/admin/sessions/{id}", access: .admin, "Where an account is signed in.") { _, context in
            .json(.array(try await sessions.list(userID: context.parameters.require("id")).map { Self.wire($0, current: nil) }))
        }
        routes.on(.delete, "/admin/sessions/{id}", access: .admin, "End all sessions of an account.") { request, context in
            let id = try context.parameters.require("id")
            try await sessions.endAll(userID: id)
            await audit.record("session.end", request, context, objectID: id, object: "all")
            return .json(true)
        }
    }

    private static func wire(_ session: Session, current: String?) -> JSONValue {
        [
            "id": .string(session.id), "created_at": .int(session.createdAt), "last_seen_at": .int(session.lastSeenAt),
            "expires_at": .optional(session.expiresAt), "address": .string(session.address), "agent": .string(session.agent),
            "current": .bool(session.id == current),
        ]
    }
}
