package import Domain
import HTTPTypes
import Hummingbird

/// The account's one key of the contract, and beside it any number of named keys with limits.
package struct APIKeysController: Controller {
    private let ring: APIKeyRing
    private let meter: KeyMeter
    private let audit: AuditLog

    package init(ring: APIKeyRing, meter: KeyMeter, audit: AuditLog) {
        self.ring = ring
        self.meter = meter
        self.audit = audit
    }

    package func addRoutes(to table: RouteTable) {
        let routes = AuthRoutes(routes: table)
        routes.on(.post, "/api_key", access: .session, "Make the account's API key; an earlier one stops working.") { request, context in
            let principal = try context.requirePrincipal()
            try await refuseRestricted(principal)
            let secret = try await ring.replaceAccountKey(principal)
            await audit.record("key.create", request, context, object: "account key")
            return .json(["api_key": .string(secret)])
        }
        routes.on(.get, "/api_key", access: .session, "The account's API key.") { _, context in
            let principal = try context.requirePrincipal()
            try await refuseRestricted(principal)
            return .json(["api_key": .string(try await ring.accountKey(principal))])
        }
        routes.on(.delete, "/api_key", access: .session, "Delete the account's API key.") { request, context in
            let principal = try context.requirePrincipal()
            try await refuseRestricted(principal)
            try await ring.deleteAccountKey(principal)
            await audit.record("key.revoke", request, context, object: "account key")
            return .json(true)
        }
        routes.on(.get, "/api_keys", access: .user, "The account's keys; secrets are not shown.") { _, context in
            .json(.array(try await ring.list(userID: context.requirePrincipal().userID).map(Self.wire)))
        }
        routes.on(.post, "/api_keys", access: .user, "Make a named key with limits. Its secret is shown this once.", handler: create)
        routes.on(.post, "/api_keys/{id}/update", access: .user, "Change a key's name, limits or expiry.", handler: update)
        routes.on(.delete, "/api_keys/{id}", access: .user, "Revoke a key.") { request, context in
            let principal = try context.requirePrincipal()
            try await refuseRestricted(principal)
            // Administrators may revoke anybody's.
            let key = try await ring.revoke(id: context.parameters.require("id"), userID: principal.isAdmin ? nil : principal.userID)
            await audit.record("key.revoke", request, context, objectID: key.id, object: key.name)
            return .json(true)
        }
        routes.on(.get, "/api_keys/{id}/usage", access: .user, "What the key used this month, by day.") { _, context in
            let principal = try context.requirePrincipal()
            let key = try await ring.key(id: context.parameters.require("id"), userID: principal.isAdmin ? nil : principal.userID)
            return .json(.array(try await meter.usage(keyID: key.id).map(Self.wire)))
        }
        routes.on(.get, "/admin/api_keys", access: .admin, "Everybody's keys; secrets are not shown.") { _, _ in
            .json(.array(try await ring.list(userID: nil).map(Self.wire)))
        }
    }

    /// A key with limits may not make itself one without, nor one that expires another that lasts.
    private func refuseRestricted(_ principal: Principal) async throws {
        guard let id = principal.keyID else { return }
        let key = try await ring.key(id: id, userID: principal.userID)
        if principal.restrictions != nil || key.expiresAt != nil {
            throw AppError(.forbidden, "An API key with limits cannot manage keys.")
        }
    }

    private func create(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        try await refuseRestricted(principal)
        var reader = KeyLimitsReader(try await request.jsonObject(limit: 1 << 20))
        let name = reader.name(required: true) ?? ""
        let expiresAt = reader.expiry()
        let restrictions = reader.restrictions()
        try reader.check()
        let (key, secret) = try await ring.create(principal, name: name, restrictions, expiresAt: expiresAt)
        await audit.record("key.create", request, context, objectID: key.id, object: name, detail: restrictions.json)
        var answer = Self.wire(key)
        answer["api_key"] = .string(secret)
        return .json(answer)
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        try await refuseRestricted(principal)
        let object = try await request.jsonObject(limit: 1 << 20)
        var reader = KeyLimitsReader(object)
        let name = reader.name(required: false)
        let (expiresAt, restrictions) = (reader.expiry(), reader.restrictions())
        try reader.check()
        let key = try await ring.update(id: context.parameters.require("id"), userID: principal.userID) { key in
            guard key.kind == .named else { throw AppError(.badRequest, "The account's key has no limits to change; make a named key.") }
            if let name { key.name = name }
            if object["expires_at"] != nil { key.expiresAt = expiresAt }
            if object["limits"] != nil { key.restrictions = restrictions }
        }
        await audit.record("key.update", request, context, objectID: key.id, object: key.name, detail: key.restrictions.json)
        return .json(Self.wire(key))
    }

    private static func wire(_ key: APIKey) -> JSONValue {
        [
            "id": .string(key.id), "user_id": .string(key.userID), "kind": .string(key.kind.rawValue), "name": .string(key.name),
            "hint": .string("sk-..." + key.hint), "limits": .object(key.restrictions.json), "expires_at": .optional(key.expiresAt),
            "last_used_at": .optional(key.lastUsedAt), "created_at": .int(key.createdAt),
        ]
    }

    private static func wire(_ usage: KeyUsage) -> JSONValue {
        [
            "day": .string(usage.day), "requests": .int(usage.requests), "tokens": .int(usage.tokens), "cost": Money.json(usage.cost),
        ]
    }
}

/// Reads `{name, expires_at, limits:{scopes,models,knowledge,paths,addresses,requests_per_minute,...}}`.
struct KeyLimitsReader {
    private let object: JSONObject
    private var fields: FieldReader
    private var limits: FieldReader

    init(_ object: JSONObject) {
        self.object = object
        fields = FieldReader(object)
        limits = FieldReader(fields.optionalObject("limits") ?? [:], location: ["body", "limits"])
    }

    func check() throws {
        let issues = fields.issues + limits.issues
        // Unlike at sign-in there is no secret in here: say what is wrong.
        if let issue = issues.first {
            throw AppError(.badRequest, "\(issue.location.dropFirst().joined(separator: ".")): \(issue.message)")
        }
    }

    mutating func name(required: Bool) -> String? {
        let name = required ? fields.string("name").trimmed : fields.optionalString("name")?.trimmed
        if let name, name.isEmpty || name.count > 100 { fields.report("string_length", "name", "A name has 1 to 100 characters.") }
        return name
    }

    mutating func expiry() -> EpochSeconds? {
        let expiresAt = fields.optionalInt("expires_at")
        if let expiresAt, expiresAt <= .now() { fields.report("value_error", "expires_at", "The expiry must lie in the future.") }
        return expiresAt
    }

    mutating func restrictions() -> KeyRestrictions {
        let known: Set = ["scopes", "models", "knowledge", "paths", "addresses"]
        let numbers = KeyRestrictions.numbers
        let amounts = KeyRestrictions.amounts
        for key in limits.object.keys
        where !known.contains(key) && !numbers.contains(where: { $0.0 == key }) && !amounts.contains(where: { $0.0 == key }) {
            limits.report("extra_forbidden", key, "There is no such limit.")
        }
        var restrictions = KeyRestrictions()
        for scope in strings("scopes") {
            guard let scope = KeyRestrictions.Scope(rawValue: scope) else {
                limits.report("enum", "scopes", "Scopes are \(KeyRestrictions.Scope.allCases.map(\.rawValue).joined(separator: ", ")).")
                continue
            }
            restrictions.scopes.insert(scope)
        }
        restrictions.modelIDs = Set(strings("models"))
        restrictions.knowledgeIDs = Set(strings("knowledge"))
        if limits.object["paths"] != nil { restrictions.pathPrefixes = strings("paths") }
        for text in strings("addresses") {
            guard let range = AddressRange(text) else {
                limits.report("value_error", "addresses", "Addresses are written as 10.0.0.0/8 or 2001:db8::/32.")
                continue
            }
            restrictions.addressRanges.append(range)
        }
        for (name, path) in numbers {
            restrictions[keyPath: path] = limits.optionalInt(name)
            if let value = restrictions[keyPath: path], value < 1 { limits.report("greater_than_equal", name, "The limit must be at least 1.") }
        }
        for (name, path) in amounts {
            guard let amount = limits.optionalDouble(name) else { continue }
            if amount <= 0 || amount > 1e8 { limits.report("greater_than", name, "The amount must be above 0.") }
            restrictions[keyPath: path] = Money.amount(amount)
        }
        return restrictions
    }

    private mutating func strings(_ key: String) -> [String] { limits.object[key].map { $0.isNull } ?? true ? [] : limits.strings(key) }
}
