package import Domain
package import Hummingbird
import Logging
package import NIOCore

/// What travels with a request: its id, its logger, and who is asking.
package struct AppRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    package let remoteAddress: SocketAddress?
    /// The client's IP address: the peer's, or what a trusted proxy says it is. Empty when unknown.
    package var clientAddress: String
    /// Whether a trusted proxy brought the request.
    package var isFromTrustedProxy = false
    /// Whether the client speaks HTTPS, with this server or with the trusted proxy in front of it.
    package var isSecure = false
    /// The client's connection.
    package let channel: any Channel
    /// Set by `AuthenticationMiddleware`; `nil` when there were no credentials.
    package var principal: Principal?
    /// Why the credentials that were there are no good.
    package var authenticationFailure: AppError?

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        remoteAddress = source.channel.remoteAddress
        clientAddress = source.channel.remoteAddress?.ipAddress ?? ""
    }

    /// `nil` on connections without a `ClientDepartureHandler`: tests, and faces that watch their clients themselves.
    package func clientDeparture() async -> ClientDeparture? {
        let channel = channel
        return try? await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: ClientDepartureHandler.self).departure
        }.get()
    }

    /// The caller of a route that needs one. Routes are only reached by principals that their `RouteAccess` admits.
    package func requirePrincipal() throws -> Principal {
        guard let principal else { throw authenticationFailure ?? AppError.notAuthenticated }
        return principal
    }

    /// Closes the connection a few seconds from now, when the answer is out: for requests that were refused while the
    /// client was still sending, so that the rest need not be read.
    package func closeConnectionSoon() {
        let channel = channel
        channel.eventLoop.scheduleTask(in: .seconds(5)) { channel.close(promise: nil) }
    }
}
