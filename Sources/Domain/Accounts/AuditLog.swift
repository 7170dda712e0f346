package import Logging

/// One thing that somebody did to something. Holds no secret and no text of a message.
package struct AuditEvent: Sendable {
    package var id: String
    package var at: EpochSeconds
    /// The account that did it; `nil` for somebody who was not signed in.
    package var actorID: String?
    /// E-mail at that time, or `command line`.
    package var actor: String
    /// `session` , `api_key` or `system`.
    package var credential: String
    /// As `user.role`: what kind of thing, and what was done to it.
    package var action: String
    package var objectID: String
    /// Name or e-mail of the object, for people who read the log.
    package var object: String
    package var detail: JSONObject
    package var address: String

    package init(
        id: String = makeID(), at: EpochSeconds = .now(), actorID: String?, actor: String, credential: String, action: String, objectID: String,
        object: String, detail: JSONObject = [:], address: String = ""
    ) {
        self.id = id
        self.at = at
        self.actorID = actorID
        self.actor = actor
        self.credential = credential
        self.action = action
        self.objectID = objectID
        self.object = object
        self.detail = detail
        self.address = address
    }
}

/// Which events to read; empty texts don't filter.
package struct AuditFilter: Sendable {
    package var actorID: String
    /// An action or its beginning up to a dot, as `user`.
    package var action: String
    package var objectID: String
    package var since: EpochSeconds

    package init(actorID: String = "", action: String = "", objectID: String = "", since: EpochSeconds = 0) {
        self.actorID = actorID
        self.action = action
        self.objectID = objectID
        self.since = since
    }
}

/// Keeps events for ever: there is no way to change or delete one.
package protocol AuditStore: Sendable {
    func append(_ event: AuditEvent) async throws
    /// Newest first.
    func page(_ filter: AuditFilter, _ page: PageRequest) async throws -> Page<AuditEvent>
    /// Oldest first, from after a position.
    /// - Returns: the events and the position behind the last.
    func events(_ filter: AuditFilter, after position: Int, limit: Int) async throws -> (events: [AuditEvent], position: Int)
}

/// Writes down who did what to which object.
package struct AuditLog: Sendable {
    package let store: any AuditStore
    private let logger: Logger

    package init(store: any AuditStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Records what has happened. It has happened whether or not it can be written down: a failure goes to the server's log.
    /// - Parameters:
    ///   - principal: `nil` when nobody was signed in; `actorID` and `actor` then say who it was.
    package func record(
        _ action: String, by principal: Principal?, actorID: String? = nil, actor: String = "", objectID: String = "", object: String = "",
        detail: JSONObject = [:],
        address: String = ""
    ) async {
        let credential =
            switch principal?.credential {
            case .session: "session"
            case .apiKey(let id): "api_key \(id)"
            case .system: "system"
            case nil: ""
            }
        let event = AuditEvent(
            actorID: principal?.userID ?? actorID, actor: principal?.email ?? actor, credential: credential, action: action, objectID: objectID,
            object: object, detail: detail, address: address)
        do {
            try await store.append(event)
        } catch {
            logger.error("an event could not be written to the audit log", metadata: ["action": "\(action)", "error": "\(error)"])
        }
    }
}
