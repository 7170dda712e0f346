import Domain
import HTTPTypes
import Hummingbird

/// Tells requests that our own page made from those that another site made a browser send, cookie and all.
///
/// Cookies are `SameSite=lax`, which keeps other sites' requests from carrying them; neighbours under the same domain are the same
/// site to that rule, and old browsers do not know it. So a request that changes something and rests on the cookie is looked at again.
package struct OwnSite: Sendable {
    private let origins: Set<String>
    private let address: @Sendable () -> String

    /// - Parameters:
    ///   - allowed: `CORS_ALLOW_ORIGIN`: origins separated by `;`, or `*`.
    ///   - address: `WEBUI_URL`; empty when unknown.
    package init(allowed: String = "", address: @escaping @Sendable () -> String = { "" }) {
        origins = Set(allowed.split(separator: ";").map { String($0).trimmed.lowercased() })
        self.address = address
    }

    /// Whether the headers say that another site's page made the request. Clients that say nothing are no browsers, or old ones.
    func isForeign(_ request: Request, isSecure: Bool) -> Bool {
        guard ![.get, .head, .options].contains(request.method) else { return false }
        let origin = request.headers[.origin]?.lowercased()
        if let origin, origins.contains("*") || origins.contains(origin) { return false }
        // Browsers say it themselves, and no script can change it; over plain HTTP they do not.
        switch request.headers[Self.fetchSite]?.lowercased() {
        case "same-origin", "none": return false
        case "cross-site", "same-site": return true
        default: break
        }
        guard let origin else { return false }
        guard let (scheme, host) = Self.parts(origin) else { return true }
        if isSecure, scheme != "https" { return true }
        if let own = Self.parts(address().lowercased()), own == (scheme, host) { return false }
        return host != Self.host(request.head.authority?.lowercased() ?? "", scheme: scheme)
    }

    private static let fetchSite = HTTPField.Name("sec-fetch-site")!

    /// `nil` for `null` and for what is no origin.
    private static func parts(_ origin: String) -> (scheme: String, host: String)? {
        guard let place = origin.firstRange(of: "://") else { return nil }
        let scheme = String(origin[..<place.lowerBound])
        let rest = origin[place.upperBound...].prefix { $0 != "/" }
        return rest.isEmpty ? nil : (scheme, host(String(rest), scheme: scheme))
    }

    /// Without the port that the scheme means anyway.
    private static func host(_ authority: String, scheme: String) -> String {
        let usual = scheme == "https" ? ":443" : ":80"
        return authority.hasSuffix(usual) ? String(authority.dropLast(usual.count)) : authority
    }
}
