import Domain
import Foundation
import HTTPAPI
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

/// Calls every route that names an object, as somebody whom the object is no business of. A new route with a parameter must be told
/// here whose objects it names, or the walk fails.
struct ObjectAccessTests {
    /// Texts that only the owner may see.
    private static let marks = [
        "marked-chat", "marked-file", "marked-knowledge", "marked-folder", "marked-key", "marked-directory", "marked-prompt", "marked-note",
        "marked-memory", "marked-skill", "marked-feedback",
    ]

    /// One object of each kind, all of the same owner.
    private struct Things {
        var owner: ServerFixture.Account
        var chat = ""
        var file = ""
        var knowledge = ""
        var directory = ""
        var folder = ""
        var key = ""
        var session = ""
        var prompt = ""
        var promptVersion = ""
        var feedback = ""
        var note = ""
        var memory = ""
        var model = "marked-model"
    }

    /// Parameters by route; `nil` for routes that name nothing of anybody's.
    private static func values(_ entry: RouteEntry, _ things: Things) -> [String: String]? {
        switch entry.path {
        case let path where path.hasPrefix("/api/v1/auths/api_keys/"): ["id": things.key]
        case let path where path.hasPrefix("/api/v1/auths/sessions/"): ["id": things.session]
        case let path where path.hasPrefix("/api/v1/chats/folder/"): ["folder": things.folder]
        case let path where path.hasPrefix("/api/v1/chats/share/"): nil  // sharing is for everybody who is signed in
        case let path where path.hasPrefix("/api/v1/chats/"): ["id": things.chat, "message": "m1"]
        case let path where path.hasPrefix("/api/v1/evaluations/feedback/"): ["id": things.feedback]
        case let path where path.hasPrefix("/api/tasks/chat/"): ["chat": things.chat]
        case let path where path.hasPrefix("/api/v1/files/"): ["id": things.file, "name": "x"]
        case let path where path.hasPrefix("/api/v1/folders/"): ["id": things.folder]
        case let path where path.hasPrefix("/api/v1/prompts/command/"): ["path+": "marked-prompt"]
        case let path where path.hasPrefix("/api/v1/prompts/"): ["id": things.prompt, "version": things.promptVersion]
        case let path where path.hasPrefix("/api/v1/notes/"): ["id": things.note]
        case let path where path.hasPrefix("/api/v1/memories/"): ["id": things.memory]
        case let path where path.hasPrefix("/api/v1/skills/"): ["id": "marked-skill"]
        case let path where path.hasPrefix("/api/v1/knowledge/"): ["id": things.knowledge, "dir_id": things.directory]
        // Nobody's: strangers cannot tell one that is there from one that is not.
        case let path where path.contains("/chat/completions/streams/"): ["id": "0000000000000000"]
        case let path where path.hasPrefix("/api/v1/functions/") || path.hasPrefix("/api/v1/tools/"): ["id": "nobodys"]
        default: nil
        }
    }

    /// Routes with parameters that are meant for everybody: names of people and groups, upstreams, the page's files.
    private static let common = [
        "/api/v1/chats/share/", "/api/v1/users/", "/api/v1/groups/id/{id}/info", "/docs/", "/ollama/", "/openai/", "/oauth/",
        // What they act on is named in the body, and questions have ids that nobody can guess.
        "/api/chat/actions/", "/api/chat/events/",
    ]

    /// Answers of 2xx that say and do nothing.
    private static let empty: [String: JSONValue] = [
        "GET /api/v1/chats/folder/{folder}": [], "GET /api/v1/chats/folder/{folder}/list": [], "GET /api/tasks/chat/{chat}": ["task_ids": []],
        "DELETE /api/v1/chats/{id}/share": false, "DELETE /api/v1/memories/{id}": false,
    ]

    private static func body(_ things: Things) -> JSONValue {
        [
            "chat": ["title": "taken"], "type": "user", "content": "taken", "name": "taken", "title": "taken", "description": "taken",
            "filename": "taken.txt",
            "folder_id": nil, "file_id": .string(things.file), "file_ids": [.string(things.file)], "directory_id": .string(things.directory),
            "command": "taken", "id": "taken", "version_id": .string(things.promptVersion), "parent_id": nil, "is_expanded": true,
            "access_grants": [], "data": [:],
            "meta": [:], "files": [], "manifest": [], "limits": [:],
        ]
    }

    private static func upload(_ server: ServerFixture, _ token: String) async throws -> String {
        let body =
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\nmarked-file\r\n--b--\r\n"
        let response = try await server.client.executeRequest(
            uri: "/api/v1/files/?process=false", method: .post,
            headers: [.authorization: "Bearer \(token)", .contentType: "multipart/form-data; boundary=b"], body: ByteBuffer(string: body))
        return try #require(try JSONValue(parsing: String(buffer: response.body))["id"]?.string)
    }

    private static func things(_ server: ServerFixture, _ owner: ServerFixture.Account) async throws -> Things {
        func id(_ path: String, _ body: JSONValue) async throws -> String {
            try #require(try await server.call(.post, path, token: owner.token, body)["id"]?.string)
        }
        var things = Things(owner: owner)
        things.folder = try await id("/api/v1/folders/", ["name": "marked-folder"])
        let message: JSONValue = ["id": "m1", "role": "user", "content": "marked-chat", "parentId": nil, "childrenIds": []]
        things.chat = try await id(
            "/api/v1/chats/new",
            [
                "chat": ["title": "marked-chat", "history": ["currentId": "m1", "messages": ["m1": message]]],
                "folder_id": .string(things.folder),
            ])
        things.file = try await upload(server, owner.token)
        things.knowledge = try await id("/api/v1/knowledge/create", ["name": "marked-knowledge", "description": "marked-knowledge"])
        things.directory = try await id("/api/v1/knowledge/\(things.knowledge)/dirs/create", ["name": "marked-directory"])
        let prompt: JSONValue = ["command": "marked-prompt", "name": "marked-prompt", "content": "marked-prompt"]
        let made = try await server.call(.post, "/api/v1/prompts/create", token: owner.token, prompt)
        (things.prompt, things.promptVersion) = (try #require(made["id"]?.string), try #require(made["version_id"]?.string))
        things.note = try await id("/api/v1/notes/create", ["title": "marked-note", "data": ["content": ["md": "marked-note"]]])
        things.memory = try await id("/api/v1/memories/add", ["content": "marked-memory"])
        _ = try await id("/api/v1/skills/create", ["id": "marked-skill", "name": "marked-skill", "content": "marked-skill"])
        things.key = try await id("/api/v1/auths/api_keys", ["name": "marked-key"])
        things.feedback = try await id("/api/v1/evaluations/feedback", ["type": "rating", "data": ["comment": "marked-feedback"]])
        let sessions = try await server.call(.get, "/api/v1/auths/sessions", token: owner.token)
        things.session = try #require(sessions.body.array?.first?["id"]?.string)
        return things
    }

    /// What the owner sees of everything.
    private static func state(_ server: ServerFixture, _ things: Things) async throws -> [String] {
        var texts: [String] = []
        for path in [
            "/api/v1/chats/\(things.chat)", "/api/v1/files/\(things.file)", "/api/v1/files/\(things.file)/content",
            "/api/v1/knowledge/\(things.knowledge)", "/api/v1/knowledge/\(things.knowledge)/dirs", "/api/v1/folders/\(things.folder)",
            "/api/v1/auths/api_keys", "/api/v1/prompts/id/\(things.prompt)", "/api/v1/prompts/id/\(things.prompt)/history",
            "/api/v1/notes/\(things.note)", "/api/v1/memories/", "/api/v1/skills/id/marked-skill",
            "/api/v1/evaluations/feedback/\(things.feedback)",
        ] {
            let answer = try await server.call(.get, path, token: things.owner.token)
            #expect(answer.status == 200, "\(path)")
            texts.append(answer.text)
        }
        return texts
    }

    /// Users may have keys, knowledge and models of their own, so that only ownership can refuse them.
    private static let permissions =
        #"{"features":{"api_keys":true},"workspace":{"knowledge":true,"models":true,"prompts":true,"skills":true},"sharing":{"knowledge":true,"models":true}}"#

    @Test func `strangers reach nothing of somebody else's`() async throws {
        try await ServerFixture.with(["USER_PERMISSIONS": Self.permissions]) { server in
            let admin = try await server.administrator()
            let things = try await Self.things(server, try await server.account(.user, by: admin))
            let stranger = try await server.account(.user, by: admin)
            let key = try #require(
                try await server.call(.post, "/api/v1/auths/api_keys", token: stranger.token, ["name": "own"])["api_key"]?.string)
            let before = try await Self.state(server, things)
            var walked = 0
            for entry in server.routes where entry.path.contains("{") && (entry.access == .user || entry.access == .session || entry.access == .open)
            {
                guard let values = Self.values(entry, things) else {
                    #expect(Self.common.contains { entry.path.hasPrefix($0) }, "whose is \(entry.method) \(entry.path)?")
                    continue
                }
                var path = entry.path
                for (name, value) in values { path = path.replacingOccurrences(of: "{\(name)}", with: value) }
                #expect(!path.contains("{"), "\(path)")
                let body: JSONValue = path.hasSuffix("/batch/add") ? [["file_id": .string(things.file)]] : Self.body(things)
                for token in [stranger.token, key] {
                    let answer = try await server.call(entry.method, path, token: token, entry.method == .get ? nil : body)
                    let name = "\(entry.method.rawValue) \(entry.path)"
                    let isRefused = [401, 403, 404].contains(answer.status) || answer.detail?.hasPrefix("You do not have permission") == true
                    #expect(isRefused || answer.body == Self.empty[name], "\(name): \(answer.status) \(answer.text)")
                    for mark in Self.marks { #expect(!answer.text.contains(mark), "\(name) shows \(mark)") }
                }
                walked += 1
            }
            #expect(walked > 50)
            #expect(try await Self.state(server, things) == before)
            for path in [
                "/api/v1/chats/", "/api/v1/files/", "/api/v1/files/search?filename=*", "/api/v1/knowledge/", "/api/v1/folders/",
                "/api/v1/auths/api_keys", "/api/v1/chats/search?text=marked-chat", "/api/v1/chats/all", "/api/v1/knowledge/search?query=marked",
                "/api/v1/prompts/", "/api/v1/prompts/list?query=marked", "/api/v1/prompts/tags",
                "/api/v1/notes/", "/api/v1/notes/search?permission=read", "/api/v1/notes/pinned", "/api/v1/memories/", "/api/v1/skills/",
                "/api/v1/skills/list",
                "/api/v1/evaluations/feedbacks/user",
            ] {
                let answer = try await server.call(.get, path, token: stranger.token)
                #expect(answer.status < 500, "\(path)")
                for mark in Self.marks { #expect(!answer.text.contains(mark), "\(path) shows \(mark)") }
            }
        }
    }

    @Test func `the owner does what a stranger may not`() async throws {
        try await ServerFixture.with(["USER_PERMISSIONS": Self.permissions]) { server in
            let admin = try await server.administrator()
            let things = try await Self.things(server, try await server.account(.user, by: admin))
            let gets = server.routes.filter { $0.method == .get && $0.path.contains("{") && $0.access != .admin && Self.values($0, things) != nil }
            for entry in gets
            where Self.values(entry, things)?["id"] != "nobodys" && !entry.path.contains("/streams/") && !entry.path.hasSuffix("/content/html")
                && !entry.path.hasSuffix("/content/{name}") && !entry.path.hasSuffix("/history/diff")
            {
                var path = entry.path
                for (name, value) in Self.values(entry, things) ?? [:] { path = path.replacingOccurrences(of: "{\(name)}", with: value) }
                #expect(try await server.call(.get, path, token: things.owner.token).status == 200, "\(entry.path)")
            }
        }
    }

    @Test func `members of a group do what was granted and no more`() async throws {
        try await ServerFixture.with(["USER_PERMISSIONS": Self.permissions]) { server in
            let admin = try await server.administrator()
            let things = try await Self.things(server, try await server.account(.user, by: admin))
            let member = try await server.account(.user, by: admin)
            let group = try #require(
                try await server.call(.post, "/api/v1/groups/create", token: admin.token, ["name": "G", "description": ""])["id"]?.string)
            _ = try await server.call(
                .post, "/api/v1/groups/id/\(group)/users/add", token: admin.token, ["user_ids": [.string(member.id)]])
            let base = "/api/v1/knowledge/\(things.knowledge)"
            #expect(try await server.call(.post, base + "/file/add", token: things.owner.token, ["file_id": .string(things.file)]).status < 300)

            func grant(_ permission: String?) async throws {
                let grants: JSONValue =
                    permission.map { [["principal_type": "group", "principal_id": .string(group), "permission": .string($0)]] } ?? []
                let answer = try await server.call(.post, base + "/access/update", token: things.owner.token, ["access_grants": grants])
                #expect(answer.status == 200, "\(answer.text)")
            }
            func statuses() async throws -> [Int] {
                [
                    try await server.call(.get, base, token: member.token).status,
                    try await server.call(.get, "/api/v1/files/\(things.file)/content", token: member.token).status,
                    try await server.call(.post, base + "/dirs/create", token: member.token, ["name": .string(makeID())]).status,
                    try await server.call(.post, base + "/access/update", token: member.token, ["access_grants": []]).status,
                    try await server.call(.get, "/api/v1/chats/\(things.chat)", token: member.token).status,
                ].map { $0 < 300 ? 200 : 400 }
            }
            #expect(try await statuses() == [400, 400, 400, 400, 400])
            func preview(_ path: String) async throws -> [JSONValue?] {
                let answer = try await server.call(.get, "/api/v1/\(path)/preview", token: admin.token)
                #expect(answer["knowledge"]?["total"] == 1 && answer["models"]?["items"] == [] && answer["tools"]?["total"] == 0)
                return answer["knowledge"]?["items"]?.array?.map { $0["id"] } ?? [nil]
            }
            #expect(try await preview("groups/id/\(group)") == [])
            #expect(try await preview("users/\(member.id)") == [])
            #expect(try await preview("users/\(things.owner.id)") == [.string(things.knowledge)])
            try await grant("read")
            #expect(try await preview("groups/id/\(group)") == [.string(things.knowledge)])
            #expect(try await preview("users/\(member.id)") == [.string(things.knowledge)])
            #expect(try await statuses() == [200, 200, 400, 400, 400])
            try await grant("write")
            #expect(try await statuses().prefix(3) == [200, 200, 200])
            try await grant(nil)
            #expect(try await statuses() == [400, 400, 400, 400, 400])
        }
    }
}
