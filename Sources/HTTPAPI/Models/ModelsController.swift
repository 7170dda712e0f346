package import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// The model list.
package struct ModelsController: Controller {
    private let catalog: ModelCatalog
    private let functions: FunctionLibrary?
    private let settings: Settings

    /// - Parameter functions: whose filters and actions belong to models; `nil` where there are none.
    package init(catalog: ModelCatalog, functions: FunctionLibrary? = nil, settings: Settings) {
        self.catalog = catalog
        self.settings = settings
        self.functions = functions
    }

    package func addRoutes(to routes: RouteTable) {
        for path in ["/api/models", "/api/v1/models"] {
            routes.on(
                .get, path, access: .user, scope: .models,
                RouteDocumentation("Models", "Every model that the caller may use.")
            ) { request, context in
                let refresh = try Self.refresh(request)
                if refresh { await functions?.refreshModels() }
                let models = ordered(try await catalog.list(for: context.requirePrincipal(), refresh: refresh))
                return .json(["data": .array(models.map { .object(functions?.registry.decorated($0) ?? $0.wire) })])
            }
        }
        routes.on(
            .get, "/api/models/base", access: .admin, scope: .models,
            RouteDocumentation("Models", "Models as their providers list them, switched off ones too.")
        ) { request, _ in
            let models = await catalog.providerEntries(for: nil, refresh: try Self.refresh(request))
            return .json(["data": .array(models.map { .object($0.wire) })])
        }
    }

    /// Those that administrators put first come first, the others stay as they are.
    private func ordered(_ models: [ModelEntry]) -> [ModelEntry] {
        let order = settings[.modelOrder]
        guard !order.isEmpty else { return models }
        let places = Dictionary(order.enumerated().map { ($1, $0) }) { first, _ in first }
        let first = models.filter { places[$0.id] != nil }.sorted { places[$0.id, default: 0] < places[$1.id, default: 0] }
        return first + models.filter { places[$0.id] == nil }
    }

    private static func refresh(_ request: Request) throws -> Bool {
        var query = QueryReader(request)
        let refresh = query.bool("refresh", default: false)
        try query.check()
        return refresh
    }
}
