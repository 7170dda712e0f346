package import Domain
import Hummingbird

/// The account's one key of the contract; named keys are beside it.
package struct APIKeysController: Controller {
    private let ring: APIKeyRing

    package init(ring: APIKeyRing) { self.ring = ring }

    package func addRoutes(to table: RouteTable) {
        let routes = AuthRoutes(routes: table)
        routes.on(.post, "/api_key", access: .session, "Make the account's API key; an earlier one stops working.") { _, context in
            .json(["api_key": .string(try await ring.replaceAccountKey(context.requirePrincipal()))])
        }
        routes.on(.get, "/api_key", access: .session, "The account's API key.") { _, context in
            .json(["api_key": .string(try await ring.accountKey(context.requirePrincipal()))])
        }
        routes.on(.delete, "/api_key", access: .session, "Delete the account's API key.") { _, context in
            try await ring.deleteAccountKey(context.requirePrincipal())
            return .json(true)
        }
    }
}
