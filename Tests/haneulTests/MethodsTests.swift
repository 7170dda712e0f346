import Domain
import HTTPTypes
import Testing

/// Methods that a path does not have, and paths that are none.
struct MethodsTests {
    @Test(
        arguments: [
            (.put, "/api/v1/folders/", 405, "GET, POST"), (.put, "/api/v1/folders/x/update", 405, "POST"),
            (.get, "/api/chat/completions", 405, "POST"), (.head, "/api/v1/folders/x/update", 405, "POST"),
            // A word hides the parameter in its place.
            (.options, "/api/v1/chats/all", 405, "GET"), (.options, "/api/v1/chats/x", 405, "DELETE, GET, POST"),
            (.options, "/openai/config", 405, "GET"),
            (.get, "/api/v1/nothing", 404, nil), (.post, "/api/v1/nothing", 405, ""), (.get, "/c/x", 200, nil),
        ] as [(HTTPRequest.Method, String, Int, String?)])
    func `a path answers with the methods that it has`(method: HTTPRequest.Method, path: String, status: Int, allow: String?) async throws {
        try await ServerFixture.with { server in
            let answer = try await server.call(method, path)
            #expect(answer.status == status)
            #expect(answer.headers[.allow] == allow)
        }
    }

    @Test func `bad parameters are refused where they were overlooked`() async throws {
        try await ServerFixture.with(["ENABLE_ADMIN_CHAT_ACCESS": "true"]) { server in
            let admin = try await server.administrator()
            let base = try await server.call(.post, "/api/v1/knowledge/create", token: admin.token, ["name": "K", "description": ""])
            let id = try #require(base["id"]?.string)
            for (path, field) in [
                ("analytics/messages?start_date=9223372036854775808", "start_date"), ("notes/search?permission=all", "permission"),
                ("models/model/profile/image", "id"),
            ] {
                let answer = try await server.call(.get, "/api/v1/" + path, token: admin.token)
                #expect(answer.status == 422, "\(path)")
                #expect(answer.body["detail"]?[0]?["loc"] == ["query", .string(field)])
            }
            for (path, body) in [
                ("cleanup", ["file_ids": [], "dir_ids": [[:]]]), ("diff", ["manifest": [["filename": "a", "checksum": "b", "path": [:]]]]),
                ("diff", ["manifest": [["filename": "a", "path": "b"]]]),
            ] as [(String, JSONValue)] {
                #expect(try await server.call(.post, "/api/v1/knowledge/\(id)/sync/\(path)", token: admin.token, body).status == 422)
            }
        }
    }
}
