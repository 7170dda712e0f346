import Domain
import HTTPTypes
package import Hummingbird

/// Finds out where a request comes from. `X-Forwarded-For` is believed only as far as trusted proxies wrote it: anybody
/// else could put any address there.
package struct ClientAddressMiddleware: RouterMiddleware {
    private let proxies: [AddressRange]

    /// - Parameter trustedProxies: address ranges separated by commas.
    package init(trustedProxies: String) { proxies = trustedProxies.split(separator: ",").compactMap { AddressRange(String($0)) } }

    package func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        guard !proxies.isEmpty, isProxy(context.clientAddress) else { return try await next(request, context) }
        var context = context
        context.isFromTrustedProxy = true
        let hops = request.headers[values: HTTPField.Name("x-forwarded-for")!].flatMap { $0.split(separator: ",") }.map { String($0).trimmed }
        context.clientAddress = Self.client(peer: context.clientAddress, hops: hops, isProxy: isProxy)
        return try await next(request, context)
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
