import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

/// Files through the HTTP API of a whole server in this process. Nothing is embedded, so that no encoder is needed.
struct FilesTests {
    private func with(_ environment: [String: String] = [:], _ work: @escaping @Sendable (ServerFixture) async throws -> Void) async throws {
        let plain = ["BYPASS_EMBEDDING_AND_RETRIEVAL": "true", "ENABLE_API_KEYS": "true"]
        try await ServerFixture.with(plain.merging(environment) { $1 }, work)
    }

    // MARK: Uploads

    @Test func `an upload is answered at once and its text is there when it is processed`() async throws {
        try await with { server in
            let admin = try await server.administrator()
            let answer = try await server.upload("보고서.txt", "첫 줄\nsecond line", token: admin.token)
            #expect(answer.status == 200)
            #expect(answer["data"]?["status"]?.string == "pending" && answer["status"]?.bool == true)
            #expect(answer["filename"]?.string == "보고서.txt" && answer["user_id"]?.string == admin.id)
            #expect(answer["meta"]?["file_hash"]?.string?.count == 64)
            let id = try #require(answer["id"]?.string)
            let done = try await server.processed(id, token: admin.token)
            #expect(done["data"]?["status"]?.string == "completed")
            #expect(done["data"]?["content"]?.string == "첫 줄\nsecond line")
            #expect(try await server.call(.get, "/api/v1/files/\(id)/content", token: admin.token).text == "첫 줄\nsecond line")
            for path in ["content", "content/html"] {
                let beyond = try await server.call(.get, "/api/v1/files/\(id)/\(path)", token: admin.token, headers: [.range: "bytes=900-"])
                #expect(beyond.status == 416 && beyond.detail != nil)
                #expect(beyond.headers[.contentType]?.hasPrefix("application/json") == true)
                #expect(beyond.headers[.contentRange]?.hasPrefix("bytes */") == true)
            }
        }
    }

    @Test(
        arguments: [
            ("", "", 400, "empty"), ("{", "text", 400, "[ERROR: Invalid metadata format]"), ("[]", "text", 400, "[ERROR: Invalid metadata format]"),
        ])
    func `a bad form is refused with its reason`(_ metadata: String, _ content: String, _ status: Int, _ reason: String) async throws {
        try await with { server in
            let admin = try await server.administrator()
            let answer = try await server.upload("a.txt", content, metadata: metadata, token: admin.token)
            #expect(answer.status == status)
            #expect(answer.detail?.contains(reason) == true)
            #expect(try await server.call(.get, "/api/v1/files/count", token: admin.token).body.int == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: server.path + "/uploads").isEmpty)
        }
    }

    @Test func `a form without a file says which field is missing`() async throws {
        try await with { server in
            let admin = try await server.administrator()
            let answer = try await server.call(.post, "/api/v1/files/", token: admin.token, [:])
            #expect(answer.status == 422)
            #expect(answer["detail"]?[0]?["loc"] == ["body", "file"])
        }
    }

    @Test func `extensions and sizes that are not allowed are refused`() async throws {
        try await with(["RAG_ALLOWED_FILE_EXTENSIONS": "txt;pdf", "RAG_FILE_MAX_SIZE": "1"]) { server in
            let admin = try await server.administrator()
            let kind = try await server.upload("a.md", "x", token: admin.token)
            #expect(kind.status == 400 && kind.detail == "[ERROR: File type md is not allowed]")
            let large = try await server.upload("a.txt", String(repeating: "x", count: (1 << 20) + 1), token: admin.token)
            #expect(large.status == 413)
        }
    }

    @Test func `a file that cannot be read fails with a reason and holds nobody up`() async throws {
        try await with { server in
            let admin = try await server.administrator()
            let bad = try await server.upload("a.png", "no picture", token: admin.token)
            let good = try await server.upload("b.txt", "fine", token: admin.token)
            let failed = try await server.processed(try #require(bad["id"]?.string), token: admin.token)
            #expect(failed["data"]?["status"]?.string == "failed")
            #expect(failed["data"]?["error"]?.string?.contains("not supported") == true)
            #expect(failed["hash"] == .null)
            #expect(try await server.processed(try #require(good["id"]?.string), token: admin.token)["data"]?["status"]?.string == "completed")
        }
    }

    @Test func `the stream of a state ends with it, and with the reason of a failure`() async throws {
        try await with { server in
            let admin = try await server.administrator()
            func events(_ name: String, _ content: String) async throws -> [JSONValue] {
                let id = try #require(try await server.upload(name, content, token: admin.token)["id"]?.string)
                let text = try await server.call(.get, "/api/v1/files/\(id)/process/status?stream=true", token: admin.token).text
                return text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.compactMap { try? JSONValue(parsing: String($0.dropFirst(6))) }
            }
            let good = try await events("a.txt", "fine")
            #expect(good.last == ["status": "completed"])
            #expect(good.dropLast().allSatisfy { $0["stage"]?.string != nil && $0["progress"]?.int != nil })
            let bad = try await events("a.txt", " \n ")
            #expect(bad.last?["status"]?.string == "failed" && bad.last?["error"]?.string == AppError.emptyContent.message)
        }
    }

    // MARK: Knowledge

    @Test func `an upload that names a knowledge base is put into its directory`() async throws {
        try await with { server in
            let admin = try await server.administrator()
            let base = try await server.knowledge("docs", token: admin.token)
            let directory = try await server.call(.post, "/api/v1/knowledge/\(base)/dirs/create", token: admin.token, ["name": "sub"])
            let place: JSONValue = ["knowledge_id": .string(base), "directory_id": directory["id"] ?? .null]
            let file = try await server.upload("a.txt", "text", metadata: place.jsonText, token: admin.token)
            _ = try await server.processed(try #require(file["id"]?.string), token: admin.token)
            let listed = try await server.call(.get, "/api/v1/knowledge/\(base)/files", token: admin.token)
            #expect(listed["items"]?[0]?["id"] == file["id"] && listed["items"]?[0]?["directory_path"]?.string == "sub")
            let failed = try await server.upload("b.txt", " ", metadata: place.jsonText, token: admin.token)
            _ = try await server.processed(try #require(failed["id"]?.string), token: admin.token)
            #expect(try await server.call(.get, "/api/v1/knowledge/\(base)/files", token: admin.token)["total"]?.int == 1)
        }
    }

    @Test func `an upload that names somebody else's knowledge base stays outside of it`() async throws {
        try await with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            let base = try await server.knowledge("docs", token: admin.token)
            let file = try await server.upload("a.txt", "text", metadata: "{\"knowledge_id\":\"\(base)\"}", token: user.token)
            #expect(file.status == 200)
            #expect(try await server.call(.get, "/api/v1/knowledge/\(base)/files", token: admin.token)["total"]?.int == 0)
        }
    }

    // MARK: Who may

    @Test func `strangers do not learn that a file exists, and readers of its knowledge base may not delete it`() async throws {
        try await with { server in
            let admin = try await server.administrator()
            let (reader, stranger) = (try await server.account(.user, by: admin), try await server.account(.user, by: admin))
            let base = try await server.knowledge("docs", token: admin.token)
            let file = try await server.upload("a.txt", "text", metadata: "{\"knowledge_id\":\"\(base)\"}", token: admin.token)
            let id = try #require(file["id"]?.string)
            let grant: JSONValue = ["principal_type": "user", "principal_id": .string(reader.id), "permission": "read"]
            _ = try await server.call(.post, "/api/v1/knowledge/\(base)/access/update", token: admin.token, ["access_grants": [grant]])
            for path in ["", "/content", "/data/content", "/process/status"] {
                #expect(try await server.call(.get, "/api/v1/files/\(id)\(path)", token: reader.token).status == 200, "\(path)")
                #expect(try await server.call(.get, "/api/v1/files/\(id)\(path)", token: stranger.token).status == 404, "\(path)")
            }
            for account in [reader, stranger] {
                #expect(try await server.call(.delete, "/api/v1/files/\(id)", token: account.token).status == 404)
                #expect(try await server.call(.post, "/api/v1/files/\(id)/rename", token: account.token, ["filename": "x"]).status == 404)
            }
        }
    }

    @Test func `a group's grant lets its members read and others not`() async throws {
        try await with { server in
            let admin = try await server.administrator()
            let (member, stranger) = (try await server.account(.user, by: admin), try await server.account(.user, by: admin))
            let base = try await server.knowledge("docs", token: admin.token)
            let group = try await server.call(.post, "/api/v1/groups/create", token: admin.token, ["name": "g", "description": ""])
            let groupID = try #require(group["id"]?.string)
            let added = try await server.call(
                .post, "/api/v1/groups/id/\(groupID)/users/add", token: admin.token, ["user_ids": [.string(member.id)]])
            try #require(added.status == 200)
            let grant: JSONValue = ["principal_type": "group", "principal_id": .string(groupID), "permission": "read"]
            _ = try await server.call(.post, "/api/v1/knowledge/\(base)/access/update", token: admin.token, ["access_grants": [grant]])
            #expect(try await server.call(.get, "/api/v1/knowledge/\(base)", token: member.token).status == 200)
            #expect(try await server.call(.get, "/api/v1/knowledge/\(base)", token: stranger.token).status == 401)
            #expect(try await server.call(.get, "/api/v1/knowledge/", token: member.token)["total"]?.int == 1)
            #expect(try await server.call(.get, "/api/v1/knowledge/", token: stranger.token)["total"]?.int == 0)
        }
    }

    @Test func `a key that is limited to a knowledge base reaches nothing else, whoever made it`() async throws {
        try await with { server in
            let admin = try await server.administrator()
            let (open, closed) = (try await server.knowledge("open", token: admin.token), try await server.knowledge("closed", token: admin.token))
            func file(_ metadata: String) async throws -> String {
                try #require(try await server.upload("a.txt", "text \(metadata)", metadata: metadata, token: admin.token)["id"]?.string)
            }
            let inside = try await file("{\"knowledge_id\":\"\(open)\"}")
            let outside = [try await file("{\"knowledge_id\":\"\(closed)\"}"), try await file("")]
            let made = try await server.call(
                .post, "/api/v1/auths/api_keys", token: admin.token, ["name": "k", "limits": ["knowledge": [.string(open)]]])
            let key = try #require(made["api_key"]?.string)
            #expect(try await server.call(.get, "/api/v1/files/\(inside)", token: key).status == 200)
            #expect(try await server.call(.get, "/api/v1/files/\(inside)/content", token: key).status == 200)
            for id in outside {
                for path in ["", "/content", "/content/a.txt", "/data/content", "/process/status", "/process/status?stream=true"] {
                    #expect(try await server.call(.get, "/api/v1/files/\(id)\(path)", token: key).status == 404, "\(path)")
                }
                #expect(try await server.call(.delete, "/api/v1/files/\(id)", token: key).status == 404)
            }
            #expect(try await server.call(.get, "/api/v1/files/", token: key)["total"]?.int == 1)
            #expect(try await server.call(.get, "/api/v1/files/count", token: key).body.int == 1)
            #expect(try await server.call(.get, "/api/v1/files/user/count", token: key).body.int == 1)
            #expect(try await server.call(.get, "/api/v1/files/search?filename=*", token: key).body.array?.count == 1)
            #expect(try await server.call(.get, "/api/v1/knowledge/", token: key)["total"]?.int == 1)
            #expect(try await server.call(.delete, "/api/v1/files/all", token: key).status == 401)
            #expect(try await server.call(.post, "/api/v1/retrieval/reset/db", token: key).status == 401)
            #expect(try await server.call(.post, "/api/v1/retrieval/reset/uploads", token: key).status == 401)
            #expect(try await server.call(.get, "/api/v1/files/count", token: admin.token).body.int == 3)
        }
    }

    // MARK: Chats

    @Test func `a chat names the items that it had to leave out`() async throws {
        try await with { server in
            let admin = try await server.administrator()
            let files: JSONValue = [["type": "file", "id": "nothing-there", "name": "lost.pdf"], ["type": "riddle"]]
            let request: JSONValue = [
                "model": "haneul-quotes", "messages": [["role": "user", "content": "What is in it?"]], "files": files,
            ]
            let whole = try await server.call(.post, "/api/chat/completions", token: admin.token, request)
            let warnings = whole["warnings"]?.array?.compactMap(\.string) ?? []
            #expect(warnings.count == 2)
            #expect(warnings.first?.contains("nothing-there") == true && warnings.first?.contains("lost.pdf") == true)
            var streamed = request
            streamed["stream"] = true
            let text = try await server.call(.post, "/api/chat/completions", token: admin.token, streamed).text
            let first = text.split(separator: "\n").first.flatMap { try? JSONValue(parsing: String($0.dropFirst(6))) }
            #expect(first?["warnings"]?.array?.count == 2 && first?["choices"] == [])
        }
    }
}

extension ServerFixture {
    func upload(_ name: String, _ content: String, metadata: String? = nil, token: String) async throws -> Answer {
        var form = "--edge\r\n"
        if let metadata { form += "Content-Disposition: form-data; name=\"metadata\"\r\n\r\n\(metadata)\r\n--edge\r\n" }
        form += "Content-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\nContent-Type: text/plain\r\n\r\n\(content)\r\n--edge--\r\n"
        let response = try await client.executeRequest(
            uri: "/api/v1/files/", method: .post,
            headers: [.authorization: "Bearer \(token)", .contentType: "multipart/form-data; boundary=edge"], body: ByteBuffer(string: form))
        let text = String(buffer: response.body)
        return Answer(
            status: Int(response.status.code), headers: response.headers, body: (try? JSONValue(parsing: text)) ?? .null, text: text)
    }

    /// The file when its processing has ended.
    func processed(_ id: String, token: String) async throws -> Answer {
        _ = try await call(.get, "/api/v1/files/\(id)/process/status?stream=true", token: token)
        return try await call(.get, "/api/v1/files/\(id)", token: token)
    }

    /// - Returns: the id of a new knowledge base.
    func knowledge(_ name: String, token: String) async throws -> String {
        let made = try await call(.post, "/api/v1/knowledge/create", token: token, ["name": .string(name), "description": ""])
        return try #require(made["id"]?.string)
    }
}
