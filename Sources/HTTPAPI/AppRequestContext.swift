package import Domain
package import Hummingbird
import Logging
package import NIOCore

/// What travels with a request: its id, its logger, and who is asking.
package struct AppRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    package let remoteAddress: SocketAddress?
    /// Set by `AuthenticationMiddleware`; `nil` when there were no credentials.
    package var principal: Principal?
    /// Why the credentials that were there are no good.
    package var authenticationFailure: AppError?

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }

    /// The caller of a route that needs one. Routes are only reached by principals that their `RouteAccess` admits.
    package func requirePrincipal() throws -> Principal {
        guard let principal else { throw authenticationFailure ?? AppError.notAuthenticated }
        return principal
    }
}
