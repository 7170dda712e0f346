import Domain
import HTTPTypes
package import Hummingbird

/// Finds out where a request comes from, and whether over HTTPS. `X-Forwarded-For` and `X-Forwarded-Proto` are believed only
/// as far as trusted proxies wrote them: anybody else could put anything there. Answers over HTTPS say that the next visit
/// must be over HTTPS, too.
package struct ClientAddressMiddleware: RouterMiddleware {
    private let proxies: [AddressRange]

    private let servesTLS: Bool
    private let strictTransport: String

    /// - Parameters:
    ///   - trustedProxies: address ranges separated by commas.
    ///   - servesTLS: whether this server itself speaks HTTPS.
    ///   - strictTransport: value of `Strict-Transport-Security`; empty for none.
    package init(trustedProxies: String, servesTLS: Bool = false, strictTransport: String = "") {
        proxies = trustedProxies.split(separator: ",").compactMap { AddressRange(String($0)) }
        self.servesTLS = servesTLS
        self.strictTransport = strictTransport
    }

    package func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.isSecure = servesTLS
        if !proxies.isEmpty, isProxy(context.clientAddress) {
            context.isFromTrustedProxy = true
            let hops = Self.list(request.headers, "x-forwarded-for")
            context.clientAddress = Self.client(peer: context.clientAddress, hops: hops, isProxy: isProxy)
            // The last entry is the one that the proxy next to this server wrote.
            if let scheme = Self.list(request.headers, "x-forwarded-proto").last { context.isSecure = scheme.lowercased() == "https" }
        }
        guard context.isSecure, !strictTransport.isEmpty else { return try await next(request, context) }
        var response = try await next(request, context)
        response.headers[HTTPField.Name("strict-transport-security")!] = strictTransport
        return response
    }

    private static func list(_ headers: HTTPFields, _ name: String) -> [String] {
        headers[values: HTTPField.Name(name)!].flatMap { $0.split(separator: ",") }.map { String($0).trimmed }
    }

    /// The last address that no trusted proxy has: what stands before it was written by the client.
    static func client(peer: String, hops: [String], isProxy: (String) -> Bool) -> String {
        for hop in hops.reversed() {
            // Not an address: nothing before it can be told apart from an invention.
            guard AddressRange(hop) != nil, !hop.contains("/") else { return peer }
            if !isProxy(hop) { return hop }
        }
        return hops.first ?? peer
    }

    private func isProxy(_ address: String) -> Bool { proxies.contains { $0.contains(address) } }
}
