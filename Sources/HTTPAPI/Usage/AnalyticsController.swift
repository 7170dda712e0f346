package import Domain
import HTTPTypes
import Hummingbird

/// `/api/v1/analytics` and `/api/v1/users/usage`: the calls that are counted anyway, in the shapes of Open WebUI. A call is a question
/// and its answer; days are in UTC. `/api/v1/usage` says more.
package struct AnalyticsController: Controller {
    private let ledger: UsageLedger
    private let store: any UsageStore
    private let chats: any ChatStore
    private let users: any UserStore
    private let groups: any GroupStore
    /// Whether administrators may read other people's chats.
    private let allowsAdminAccess: @Sendable () -> Bool

    package init(
        ledger: UsageLedger, store: any UsageStore, chats: any ChatStore, users: any UserStore, groups: any GroupStore,
        allowsAdminAccess: @escaping @Sendable () -> Bool
    ) {
        self.ledger = ledger
        self.store = store
        self.chats = chats
        self.users = users
        self.groups = groups
        self.allowsAdminAccess = allowsAdminAccess
    }

    package func addRoutes(to routes: RouteTable) {
        func on(_ path: String, _ summary: String, _ handler: @escaping RouteTable.Handler) {
            routes.on(
                .get, "/api/v1/analytics" + path, access: .admin, scope: .admin, RouteDocumentation("Usage", summary), handler: handler)
        }
        on("/summary", "How many calls, chats, models and people there were.", summary)
        on("/models", "Calls of each model, and how many people made them.", models)
        on("/users", "Calls and tokens of each account.", people)
        on("/tokens", "Tokens of each model.", tokens)
        on("/daily", "Calls or tokens of each model over time.", daily)
        on("/messages", "Messages of a chat or of somebody's chats; only with ENABLE_ADMIN_CHAT_ACCESS.", messages)
        routes.on(
            .get, "/api/v1/users/usage", access: .user, scope: .account,
            RouteDocumentation("Users", "The caller's calls and tokens by day and model."), handler: own)
    }

    // MARK: Everybody's

    private func summary(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let span = try await span(request)
        let rows = try await rows(span, by: .model, .user)
        return .json([
            "total_messages": .int(rows.reduce(0) { $0 + $1.figures.calls }),
            "total_chats": .int(try await chats.count(changed: span.seconds, ownerIDs: span.members)),
            "total_models": .int(Set(rows.map(\.model)).count), "total_users": .int(Set(rows.map(\.user)).count),
        ])
    }

    private func models(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let rows = try await rows(try await span(request), by: .model, .user)
        let models = Dictionary(grouping: rows, by: \.model).map { model, rows in
            (model, rows.reduce(0) { $0 + $1.figures.calls }, Set(rows.map(\.user)).count)
        }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        return .json([
            "models": .array(models.map { ["model_id": .string($0), "count": .int($1), "unique_users": .int($2)] })
        ])
    }

    private func people(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let limit = query.int("limit", default: 50, in: 1...1000)
        let metric = query.choice("metric", of: ["messages", "tokens"], default: "messages")
        try query.check()
        let rows = Self.sums(try await rows(try await span(request), by: .user), \.user)
        let top = rows.sorted {
            metric == "tokens" ? $0.value.tokens.total > $1.value.tokens.total : ($1.value.calls, $0.key) < ($0.value.calls, $1.key)
        }.prefix(limit)
        let known = Dictionary(try await users.users(ids: top.map(\.key)).map { ($0.id, $0) }) { first, _ in first }
        return .json([
            "users": .array(
                top.map { id, figures in
                    [
                        "user_id": .string(id), "name": .optional(known[id]?.name), "email": .optional(known[id]?.email),
                        "count": .int(figures.calls), "input_tokens": .int(figures.tokens.input), "output_tokens": .int(figures.tokens.output),
                        "total_tokens": .int(figures.tokens.total),
                    ]
                })
        ])
    }

    private func tokens(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let rows = Self.sums(try await rows(try await span(request), by: .model), \.model)
        let models = rows.sorted { ($1.value.tokens.total, $0.key) < ($0.value.tokens.total, $1.key) }
        let (input, output) = (rows.values.reduce(0) { $0 + $1.tokens.input }, rows.values.reduce(0) { $0 + $1.tokens.output })
        return .json([
            "models": .array(
                models.map { id, figures in
                    [
                        "model_id": .string(id), "input_tokens": .int(figures.tokens.input), "output_tokens": .int(figures.tokens.output),
                        "total_tokens": .int(figures.tokens.total), "message_count": .int(figures.calls),
                    ]
                }), "total_input_tokens": .int(input), "total_output_tokens": .int(output), "total_tokens": .int(input + output),
        ])
    }

    private func daily(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let metric = query.choice("metric", of: ["messages", "tokens"], default: "messages")
        _ = query.choice("granularity", of: ["daily"], default: "daily")
        try query.check()
        let rows = try await rows(try await span(request), by: .day, .model)
        let days = Dictionary(grouping: rows, by: \.day).sorted { $0.key < $1.key }
        return .json([
            "data": .array(
                days.map { day, rows in
                    let models = Self.sums(rows, \.model).sorted { $0.key < $1.key }.map { model, figures in
                        (model, JSONValue.int(metric == "tokens" ? figures.tokens.total : figures.calls))
                    }
                    return ["date": .string(day), "models": .object(JSONObject(models))]
                })
        ])
    }

    private func messages(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        guard allowsAdminAccess() else {
            throw AppError(.forbidden, "Reading other people's chats is off. ENABLE_ADMIN_CHAT_ACCESS turns it on.")
        }
        var query = QueryReader(request)
        let (chatID, userID, modelID) = (query.optionalString("chat_id"), query.optionalString("user_id"), query.optionalString("model_id"))
        let skip = query.int("skip", default: 0, in: 0...Int(Int32.max))
        let limit = query.int("limit", default: 50, in: 1...100)
        try query.check()
        let seconds = try await span(request).seconds
        guard chatID ?? userID ?? modelID != nil else { return .json([]) }
        var found: [(time: Int, wire: JSONValue)] = []
        var last: String?
        while true {
            let some = try await chats.export(ownerID: userID, after: last, limit: 50)
            guard let end = some.last else { break }
            for chat in some where chatID == nil || chat.id == chatID {
                for (id, message) in (chat.content["history"]?["messages"]?.object ?? [:]) {
                    guard let message = message.object, modelID == nil || message["model"]?.string == modelID else { continue }
                    let time = message["timestamp"]?.int ?? chat.createdAt
                    guard seconds.contains(time) else { continue }
                    found.append((time, Self.wire(id, message, time, chat)))
                    if found.count > 4 * (skip + limit) { found = Array(found.sorted { $0.time > $1.time }.prefix(skip + limit)) }
                }
            }
            last = end.id
        }
        return .json(.array(found.sorted { $0.time > $1.time }.dropFirst(skip).prefix(limit).map(\.wire)))
    }

    private static func wire(_ id: String, _ message: JSONObject, _ time: Int, _ chat: SavedChat) -> JSONValue {
        [
            "id": .string("\(chat.id)-\(id)"), "chat_id": .string(chat.id), "user_id": .string(chat.userID), "role": message["role"] ?? "",
            "parent_id": message["parentId"] ?? .null, "content": message["content"] ?? .null, "model_id": message["model"] ?? .null,
            "files": message["files"] ?? .null, "sources": message["sources"] ?? .null, "done": message["done"] ?? true,
            "error": message["error"] ?? .null, "usage": message["usage"] ?? .null, "created_at": .int(time), "updated_at": .int(time),
        ]
    }

    // MARK: One's own

    private func own(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        var query = QueryReader(request)
        let now = EpochSeconds.now()
        let days = query.int("days", default: 730, in: 7...732)
        let end = query.int("end_date", default: now, in: 0...Self.endOfTime)
        let start = query.int("start_date", default: max(0, end - (days - 1) * 86400), in: 0...Self.endOfTime)
        try query.check()
        guard start <= end else { throw AppError(.badRequest, "start_date must be before end_date") }
        let period = CalendarDay.number(start)...CalendarDay.number(end)
        guard period.count <= 3660 else { throw AppError(.badRequest, "At most ten years can be asked for at once.") }
        try await ledger.flush()
        let report = try await store.report(UsageQuery(days: period, groups: [.day, .model], userID: principal.userID), limit: Self.rowLimit)
        let always = try await store.report(
            UsageQuery(days: 0...CalendarDay.number(now), groups: [.model], userID: principal.userID), limit: Self.rowLimit)
        let summaries = try await chats.list(ChatFilter(ownerID: principal.userID), page: PageRequest(limit: 10_000, offset: 0))
        return .json(OwnUsage(rows: report.rows, lifetime: always, chats: summaries, start: start, end: end).wire)
    }

    // MARK: Reading

    /// The last second of the year 9999.
    private static let endOfTime = 253_402_300_799
    private static let rowLimit = 100_000

    private struct Span {
        var seconds: ClosedRange<EpochSeconds>
        /// Whose; `nil` for everybody's.
        var members: Set<String>?
    }

    private struct Figures {
        let day: String
        let model: String
        let user: String
        let figures: UsageFigures
    }

    private func span(_ request: Request) async throws -> Span {
        var query = QueryReader(request)
        let start = query.int("start_date", default: 0, in: 0...Self.endOfTime)
        let end = query.int("end_date", default: .now(), in: 0...Self.endOfTime)
        try query.check()
        guard start <= end else { throw AppError(.badRequest, "start_date must be before end_date") }
        guard let groupID = query.optionalString("group_id"), !groupID.isEmpty else { return Span(seconds: start...end) }
        return Span(seconds: start...end, members: Set(try await groups.memberIDs(groupID: groupID)))
    }

    private func rows(_ span: Span, by wanted: UsageQuery.Group...) async throws -> [Figures] {
        try await ledger.flush()
        let days = CalendarDay.number(span.seconds.lowerBound)...CalendarDay.number(span.seconds.upperBound)
        let groups = span.members == nil || wanted.contains(.user) ? wanted : wanted + [.user]
        let report = try await store.report(UsageQuery(days: days, groups: groups), limit: Self.rowLimit)
        return report.rows.compactMap { row in
            let user = row.names[.user] ?? ""
            if let members = span.members, !members.contains(user) { return nil }
            return Figures(day: row.names[.day] ?? "", model: row.names[.model] ?? "", user: user, figures: row.figures)
        }
    }

    private static func sums(_ rows: [Figures], _ key: (Figures) -> String) -> [String: UsageFigures] {
        rows.reduce(into: [:]) { sums, row in sums[key(row), default: UsageFigures()].add(row.figures) }
    }
}
