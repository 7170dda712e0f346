package import Domain
import HTTPTypes
package import Hummingbird
import NIOCore

/// The audit log: a page at a time, or all of it as one JSON object a line.
package struct AuditController: Controller {
    private let audit: AuditLog

    package init(audit: AuditLog) { self.audit = audit }

    package func addRoutes(to routes: RouteTable) {
        routes.on(
            .get, "/api/v1/audit", access: .admin, scope: .admin,
            RouteDocumentation("Audit", "Who did what, newest first.")
        ) { request, _ in
            var query = QueryReader(request)
            let number = query.int("page", default: 1, in: 1...Int(Int32.max))
            let filter = Self.filter(&query)
            try query.check()
            let page = try await audit.store.page(filter, PageRequest(page: number, size: 100))
            return .json(["items": .array(page.items.map { .object($0.wire) }), "total": .int(page.total)])
        }
        routes.on(
            .get, "/api/v1/audit/export", access: .admin, scope: .admin,
            RouteDocumentation("Audit", "Who did what, oldest first, one JSON object a line.", responseType: "application/x-ndjson")
        ) { request, context in
            var query = QueryReader(request)
            let filter = Self.filter(&query)
            try query.check()
            await audit.record("audit.export", request, context)
            let store = audit.store
            return Response(
                status: .ok,
                headers: [.contentType: "application/x-ndjson", .contentDisposition: "attachment; filename=\"audit.ndjson\""],
                body: ResponseBody { writer in
                    var position = 0
                    while true {
                        let (events, next) = try await store.events(filter, after: position, limit: 500)
                        guard !events.isEmpty else { break }
                        position = next
                        var bytes: [UInt8] = []
                        for event in events {
                            JSONValue.object(event.wire).write(into: &bytes)
                            bytes.append(UInt8(ascii: "\n"))
                        }
                        try await writer.write(ByteBuffer(bytes: bytes))
                    }
                    try await writer.finish(nil)
                })
        }
    }

    private static func filter(_ query: inout QueryReader) -> AuditFilter {
        AuditFilter(
            actorID: query.optionalString("actor_id") ?? "", action: query.optionalString("action") ?? "",
            objectID: query.optionalString("object_id") ?? "", since: query.int("since", default: 0, in: 0...Int.max))
    }
}

extension AuditEvent {
    fileprivate var wire: JSONObject {
        [
            "id": .string(id), "at": .int(at), "actor_id": .optional(actorID), "actor": .string(actor), "credential": .string(credential),
            "action": .string(action), "object_id": .string(objectID), "object": .string(object), "detail": .object(detail),
            "address": .string(address),
        ]
    }
}

extension AuditLog {
    /// Records what the caller of a request did.
    package func record(
        _ action: String, _ request: Request, _ context: AppRequestContext, actorID: String? = nil, actor: String = "", objectID: String = "",
        object: String = "",
        detail: JSONObject = [:]
    ) async {
        await record(
            action, by: context.principal, actorID: actorID, actor: actor, objectID: objectID, object: object, detail: detail,
            address: context.origin(request).address)
    }
}
