package import Domain
import HTTPTypes
import Hummingbird

/// What models cost, whom, and how much is left. Shapes and units: `docs/usage.md`.
package struct UsageController: Controller {
    private let ledger: UsageLedger
    private let store: any UsageStore
    private let meter: KeyMeter
    private let keys: any APIKeyStore
    private let users: any UserStore
    private let cache: PrincipalCache
    private let settings: Settings
    private let audit: AuditLog

    package init(
        ledger: UsageLedger, store: any UsageStore, meter: KeyMeter, keys: any APIKeyStore, users: any UserStore, cache: PrincipalCache,
        settings: Settings, audit: AuditLog
    ) {
        self.ledger = ledger
        self.store = store
        self.meter = meter
        self.keys = keys
        self.users = users
        self.cache = cache
        self.settings = settings
        self.audit = audit
    }

    package func addRoutes(to routes: RouteTable) {
        routes.on(
            .get, "/api/v1/usage", access: .user, scope: .account,
            RouteDocumentation(
                "Usage", "Calls, tokens and cost by day, model, user, key or upstream; limits and what is left of them."), handler: report)
        routes.on(
            .get, "/api/v1/usage/calls", access: .user, scope: .account,
            RouteDocumentation(
                "Usage", "Single calls, the newest first."), handler: calls)
        routes.on(
            .get, "/api/v1/usage/config", access: .admin, scope: .admin,
            RouteDocumentation("Usage", "Prices, budgets of accounts, currency, and how long calls are kept.")
        ) { _, _ in
            .json(config)
        }
        routes.on(
            .post, "/api/v1/usage/config", access: .admin, scope: .admin,
            RouteDocumentation("Usage", "Change any of them; keys that are missing stay as they are."), handler: configure)
        routes.on(
            .get, "/api/usage", access: .user, scope: .account, RouteDocumentation("Usage", "Models in use and how many people are here.")
        ) { _, _ in
            try await ledger.flush()
            let now = EpochSeconds.now()
            let page = try await store.calls(
                UsageQuery(days: CalendarDay.number(now - 60)...CalendarDay.number(now)), PageRequest(limit: 500, offset: 0))
            let recent = page.items.filter { $0.startedAt + $0.milliseconds / 1000 > now - 60 }
            let people = Set(cache.activity(since: now - 180).map(\.principal.userID))
            return .json(["model_ids": .strings(Set(recent.map(\.modelID)).sorted()), "user_count": .int(people.count)])
        }
    }

    // MARK: Figures

    private func report(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        var reader = UsageQueryReader(request)
        let limit = reader.int("limit", default: 1000, in: 1...10_000)
        let query = try reader.query(for: principal)
        try await ledger.flush()
        let report = try await store.report(query, limit: limit)
        let names = try await names(in: report)
        let items = report.rows.map { row -> JSONValue in
            var item: JSONObject = [:]
            for group in query.groups {
                let name = row.names[group] ?? ""
                switch group {
                case .day, .model, .upstream: item[group.rawValue] = .string(name)
                case .user:
                    item.merge([
                        "user_id": .string(name), "user_name": .optional(names.users[name]?.name), "user_email": .optional(names.users[name]?.email),
                    ])
                case .key:
                    item.merge([
                        "key_id": name.isEmpty ? nil : .string(name), "key_name": .optional(names.keys[name]?.name),
                        "key_hint": .optional(names.keys[name].map { "sk-..." + $0.hint }),
                    ])
                }
            }
            return .object(item.merging(row.figures.wire))
        }
        return .json([
            "from": .string(CalendarDay.text(dayNumber: query.days.lowerBound)), "to": .string(CalendarDay.text(dayNumber: query.days.upperBound)),
            "group_by": .strings(query.groups.map(\.rawValue)), "currency": .string(settings[.currency]), "items": .array(items),
            "truncated": .bool(report.isCut), "totals": .object(report.total.wire), "limits": try await limits(of: principal),
        ])
    }

    private func names(in report: UsageReport) async throws -> (users: [String: User], keys: [String: APIKey]) {
        var (people, known): ([String: User], [String: APIKey]) = ([:], [:])
        for id in Set(report.rows.compactMap { $0.names[.user] }) where !id.isEmpty { people[id] = try await users.user(id: id) }
        for id in Set(report.rows.compactMap { $0.names[.key] }) where !id.isEmpty { known[id] = try await keys.key(id: id) }
        return (people, known)
    }

    private func calls(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        var reader = UsageQueryReader(request)
        let number = reader.int("page", default: 1, in: 1...Int(Int32.max))
        let size = reader.int("size", default: 100, in: 1...1000)
        let query = try reader.query(for: principal)
        try await ledger.flush()
        let page = try await store.calls(query, PageRequest(page: number, size: size))
        return .json(["items": .array(page.items.map { .object($0.wire) }), "total": .int(page.total)])
    }

    // MARK: Limits

    /// Of the key that asks, and of its account.
    private func limits(of principal: Principal) async throws -> JSONValue {
        var limits: JSONObject = ["key": nil]
        if let keyID = principal.keyID {
            let restrictions = principal.restrictions ?? KeyRestrictions()
            let totals = meter.totals(keyID: keyID)
            limits["key"] = .object([
                "id": .string(keyID), "name": .optional(try await keys.key(id: keyID)?.name),
                "limits": .object(restrictions.json.filter { key, _ in Self.limitNames.contains(key) }), "used": .object(totals.wire),
                "remaining": .object(totals.remaining(of: restrictions)),
            ])
        }
        let budget = meter.budget(of: principal) ?? UserBudgets.Budget()
        let totals = meter.totals(userID: principal.userID)
        var (caps, remaining): (JSONObject, JSONObject) = ([:], [:])
        for (name, cap, used) in [("cost_per_day", budget.day, totals.costToday), ("cost_per_month", budget.month, totals.costThisMonth)] {
            guard let cap else { continue }
            caps[name] = Money.json(cap)
            remaining[name] = Money.json(max(0, cap - used))
        }
        var used = totals.wire
        // People are not held to a rate; only their keys are.
        used["requests_this_minute"] = nil
        limits["account"] = .object(["limits": .object(caps), "used": .object(used), "remaining": .object(remaining)])
        return .object(limits)
    }

    private static let limitNames = Set(KeyRestrictions.numbers.map(\.0) + KeyRestrictions.amounts.map(\.0))

    // MARK: Configuration

    private var config: JSONValue {
        [
            "MODEL_PRICES": settings[.modelPrices], "USER_BUDGETS": settings[.userBudgets], "USAGE_CURRENCY": .string(settings[.currency]),
            "USAGE_RETENTION_DAYS": .int(settings[.usageRetentionDays]),
        ]
    }

    private func configure(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let body = try await request.jsonObject(limit: 4 << 20)
        var fields = FieldReader(body)
        var changes: [String: JSONValue] = [:]
        changes["MODEL_PRICES"] = fields.optionalObject("MODEL_PRICES").map(JSONValue.object)
        changes["USER_BUDGETS"] = fields.optionalObject("USER_BUDGETS").map(JSONValue.object)
        changes["USAGE_CURRENCY"] = fields.optionalString("USAGE_CURRENCY").map(JSONValue.string)
        changes["USAGE_RETENTION_DAYS"] = fields.optionalInt("USAGE_RETENTION_DAYS").map(JSONValue.int)
        for key in body.keys where config[key] == nil { fields.report("extra_forbidden", key, "There is no such setting.") }
        try fields.check()
        try await settings.update(changes)
        await audit.record("usage.config", request, context, object: "usage settings", detail: JSONObject(changes.map { ($0.key, $0.value) }))
        return .json(config)
    }
}
