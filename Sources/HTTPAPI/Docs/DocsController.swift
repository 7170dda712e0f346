import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import _NIOFileSystem

/// `/docs` and `/openapi.json`; only with `ENV=dev`.
package struct DocsController: Sendable {
    private let title: String
    private let version: String
    /// Folder with Swagger UI's files, fetched at set-up.
    private let assets: String

    package init(title: String, version: String, assets: String) {
        self.title = title
        self.version = version
        self.assets = assets
    }

    private static let files = [
        "swagger-ui-bundle.js": "text/javascript; charset=utf-8", "swagger-ui.css": "text/css; charset=utf-8", "favicon-32x32.png": "image/png",
    ]

    /// Adds the routes last, so that the description holds all others.
    package func addRoutes(to routes: RouteTable) {
        let (assets, page) = (assets, page)
        routes.on(.get, "/docs", access: .open, scope: .account, RouteDocumentation("Documentation", "Swagger UI.", responseType: "text/html")) {
            _, _ in
            .text(page, type: "text/html; charset=utf-8")
        }
        routes.on(
            .get, "/docs/{file}", access: .open, scope: .account,
            RouteDocumentation("Documentation", "Swagger UI's files.", responseType: "text/plain")
        ) { _, context in
            let name = try context.parameters.require("file")
            guard let type = Self.files[name],
                let bytes = try? await ByteBuffer(contentsOf: FilePath(assets + "/" + name), maximumSizeAllowed: .mebibytes(16))
            else { throw AppError.notFound }
            return Response(
                status: .ok, headers: [.contentType: type, .cacheControl: "public, max-age=86400"], body: ResponseBody(byteBuffer: bytes))
        }
        let documentation = RouteDocumentation("Documentation", "This API as OpenAPI 3.1.")
        let described =
            routes.entries + [
                RouteEntry(method: .get, path: "/openapi.json", access: .open, scope: .account, documentation: documentation)
            ]
        let document = OpenAPIDocument.make(title: title, version: version, entries: described).jsonBytes
        routes.on(.get, "/openapi.json", access: .open, scope: .account, documentation) { _, _ in
            Response(status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: document)))
        }
    }

    private var page: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>\(title) API</title>
        <link rel="stylesheet" href="/docs/swagger-ui.css">
        <link rel="icon" href="/docs/favicon-32x32.png">
        </head>
        <body>
        <div id="swagger-ui"><p>The description of this API is at <a href="/openapi.json">/openapi.json</a>.</p></div>
        <script src="/docs/swagger-ui-bundle.js"></script>
        <script>
        if (window.SwaggerUIBundle) SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger-ui", persistAuthorization: true });
        </script>
        </body>
        </html>
        """
    }
}

extension DocsController: Controller {}

/// Stands where the documentation is off: the paths exist for nobody.
package struct NoDocsController: Controller {
    package init() {}

    package func addRoutes(to routes: RouteTable) {
        for path in ["/docs", "/openapi.json"] {
            routes.on(.get, path, access: .open, scope: .account, RouteDocumentation("Documentation", "Only with ENV=dev.")) { _, _ in
                throw AppError.notFound
            }
        }
    }
}
