package import Domain
package import Hummingbird
package import Tracing

/// A controller adds its routes and nothing else.
package protocol Controller: Sendable {
    func addRoutes(to routes: RouteTable)
}

extension HealthController: Controller {}

/// The HTTP face of the server: middleware in order, then the controllers' routes.
package struct HTTPFace {
    package let router: Router<AppRequestContext>
    package let routes: RouteTable

    /// - Parameters:
    ///   - gate: holds API keys and accounts to their limits.
    ///   - metrics: counts requests.
    ///   - tracer: gets a span for each request; `nil` for none.
    ///   - fallback: answers GET requests that no route takes (the web page).
    package init(
        settings: Settings, authenticator: any Authenticator, gate: KeyGate = KeyGate(), metrics: ServerMetrics? = nil,
        tracer: (any Tracer)? = nil, controllers: [any Controller],
        fallback: @escaping @Sendable (Request, AppRequestContext) async throws -> Response
    ) {
        let router = Router(context: AppRequestContext.self)
        router.add(middleware: RequestLogMiddleware(metrics: metrics))
        if let tracer { router.add(middleware: TracingMiddleware(tracer: tracer)) }
        router.add(middleware: CORSHeadersMiddleware(allowed: settings[.corsAllowOrigin], isDevelopment: settings[.environment] == "dev"))
        router.add(
            middleware: ClientAddressMiddleware(
                trustedProxies: settings[.trustedProxies], servesTLS: !settings[.tlsCertificate].isEmpty,
                strictTransport: settings[.strictTransport]))
        let methods = AllowedMethods()
        router.add(middleware: ErrorMiddleware(methods: methods))
        router.add(middleware: FallbackMiddleware(methods: methods, fallback: fallback))
        router.add(
            middleware: AuthenticationMiddleware(
                authenticator: authenticator, vouchedHeader: settings[.trustedEmailHeader],
                site: OwnSite(allowed: settings[.corsAllowOrigin], address: { settings[.url] })))
        let routes = RouteTable(router: router, gate: gate)
        for controller in controllers { controller.addRoutes(to: routes) }
        methods.learn(routes.entries)
        self.router = router
        self.routes = routes
    }
}

/// GET requests that no route takes get the page; everything else the error it was.
struct FallbackMiddleware: RouterMiddleware {
    let methods: AllowedMethods
    let fallback: @Sendable (Request, AppRequestContext) async throws -> Response

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound && (request.method == .get || request.method == .head) {
            do {
                return try await fallback(request, context)
            } catch let error as AppError where error.code == .notFound && !methods.of(request.uri.path).isEmpty {
                throw HTTPError(.methodNotAllowed)
            }
        }
    }
}
