package import Domain
import HTTPTypes
import Hummingbird

/// The door of every route: who may come in at all, and what an API key's own limits say.
package struct KeyGate: Sendable {
    private let meter: KeyMeter?

    /// - Parameter meter: counts requests of keys with limits; without it such limits don't exist.
    package init(meter: KeyMeter? = nil) { self.meter = meter }

    /// - Returns: where a key with limits a minute stands; `nil` for everybody else.
    /// - Throws: `AppError` when the caller is not let in.
    func admit(
        _ context: AppRequestContext, method: HTTPRequest.Method, path: String, access: RouteAccess, scope: KeyRestrictions.Scope
    ) throws -> KeyMeter.Standing? {
        guard access != .open else { return nil }
        let principal = try context.requirePrincipal()
        guard access.admits(principal) else { throw AppError.prohibited }
        if principal.keyID != nil, let restrictions = principal.restrictions {
            try Self.check(restrictions, path: path, scope: scope, address: context.clientAddress)
        }
        return try meter?.admit(principal, spends: Self.spends(method, scope))
    }

    /// Whether a request may use a model, so that a budget that is used up refuses it. Who has spent everything can still look around.
    static func spends(_ method: HTTPRequest.Method, _ scope: KeyRestrictions.Scope) -> Bool {
        switch scope {
        case .chat, .knowledge, .files: method != .get && method != .head && method != .delete
        case .models, .chats, .account, .admin: false
        }
    }

    /// - Throws: 403 when the key may not be used from there, for that path or for that kind of thing.
    package static func check(_ restrictions: KeyRestrictions, path: String, scope: KeyRestrictions.Scope, address: String) throws {
        let refusal = AppError(.forbidden, "This API key is not allowed to call this endpoint.")
        if let prefixes = restrictions.pathPrefixes {
            guard prefixes.contains(where: { path == $0 || path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") }) else { throw refusal }
        }
        guard restrictions.scopes.isEmpty || restrictions.scopes.contains(scope) else { throw refusal }
        guard restrictions.addressRanges.isEmpty || restrictions.addressRanges.contains(where: { $0.contains(address) }) else {
            throw AppError(.forbidden, "This API key is not allowed from this address.")
        }
    }
}

extension KeyMeter.Standing {
    func write(to headers: inout HTTPFields) {
        for (name, value) in fields { if let name = HTTPField.Name(name) { headers[name] = value } }
    }
}
