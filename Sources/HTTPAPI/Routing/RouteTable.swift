package import Domain
package import HTTPTypes
package import Hummingbird

/// One row of the route table: what `/openapi.json` describes and what the access tests walk.
package struct RouteEntry: Sendable {
    package var method: HTTPRequest.Method
    /// With `{id}` for parameters and a final `{path}` standing for the rest, as OpenAPI writes them.
    package var path: String
    package var access: RouteAccess
    /// What a restricted API key must have been given to come here.
    package var scope: KeyRestrictions.Scope
    package var documentation: RouteDocumentation
}

/// What the API documentation says of a route.
package struct RouteDocumentation: Sendable {
    package var tag: String
    package var summary: String
    /// Of the 200 answer.
    package var responseType: String

    package init(_ tag: String, _ summary: String, responseType: String = "application/json") {
        self.tag = tag
        self.summary = summary
        self.responseType = responseType
    }
}

/// Adds routes to the router and keeps the table of them. A route cannot be added without saying who may call it.
package final class RouteTable {
    package typealias Handler = @Sendable (Request, AppRequestContext) async throws -> Response

    private let router: Router<AppRequestContext>
    private let gate: KeyGate
    package private(set) var entries: [RouteEntry] = []

    package init(router: Router<AppRequestContext>, gate: KeyGate = KeyGate()) {
        self.router = router
        self.gate = gate
    }

    /// - Parameters:
    ///   - path: parameters as `{id}`; a last component `{path+}` takes the rest of the path.
    ///   - scope: checked only for API keys that were made with scopes.
    package func on(
        _ method: HTTPRequest.Method, _ path: String, access: RouteAccess, scope: KeyRestrictions.Scope,
        _ documentation: RouteDocumentation, handler: @escaping Handler
    ) {
        entries.append(RouteEntry(method: method, path: path, access: access, scope: scope, documentation: documentation))
        router.on(RouterPath(Self.routerPath(path)), method: method) { [gate] request, context in
            let standing = try gate.admit(context, method: method, path: request.uri.path, access: access, scope: scope)
            var requestScope = RequestScope.current ?? RequestScope(requestID: context.id)
            requestScope.principal = context.principal
            return try await RequestScope.$current.withValue(requestScope) {
                guard let standing else { return try await handler(request, context) }
                var response = try await ErrorRendering.rendered(request, context) { try await handler(request, context) }
                standing.write(to: &response.headers)
                return response
            }
        }
    }

    /// `/files/{id}` becomes Hummingbird's `/files/:id`, `{path+}` its `**`.
    private static func routerPath(_ path: String) -> String {
        path.split(separator: "/").map { component in
            if component == "{path+}" { return "**" }
            if component.hasPrefix("{"), component.hasSuffix("}") { return ":" + component.dropFirst().dropLast() }
            return String(component)
        }.joined(separator: "/")
    }
}
