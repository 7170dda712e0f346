import Domain
import Foundation
import HTTPTypes
import OpenWebUIImport
import SQLiteStorage
import Testing

@testable import haneul

/// Takes the fixture over (see `Tests/Fixtures/OpenWebUI/make_fixture.py`) and asks the server for it.
struct ImportOpenWebUITests {
    private static let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/OpenWebUI").path
    private static let user = "0a000000-0000-4000-8000-000000000002"
    private static let file = "0f000000-0000-4000-8000-000000000001"
    private static let spare = "0f000000-0000-4000-8000-000000000002"
    private static let key = "sk-0123456789abcdef0123456789abcdef"

    /// A data folder; `work` gets its path.
    private static func withFolder(_ work: (String) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "haneul-import-" + makeID()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await work(path)
    }

    private static func take(into path: String, isDryRun: Bool = false) async throws -> ImportReport {
        let directory = try DataDirectory(path: path)
        let environment = ["DATA_DIR": path, "WEBUI_SECRET_KEY": "test"]
        let early = try Settings(environment: environment)
        let destination = try await ImportOpenWebUI.destination(directory, early, environment: environment, file: [:])
        let source = try OpenWebUISource(path: fixture, uploads: nil)
        let report = try await OpenWebUIImporter(
            source: try OpenWebUIDatabase(path: source.databasePath), uploads: source.uploadsPath, destination: destination, isDryRun: isDryRun
        ).run(name: "fixture")
        withExtendedLifetime(directory) {}
        return report
    }

    @Test func `a dry run counts what a run takes`() async throws {
        try await Self.withFolder { path in
            let dry = try await Self.take(into: path, isDryRun: true)
            #expect(try await Self.take(into: path, isDryRun: true).json == dry.json)
            let real = try await Self.take(into: path)
            let kinds = dry.json["items"]?.array?.compactMap { $0["kind"]?.string } ?? []
            #expect(kinds.count >= 9)
            // Settings that turn out to be unusable are only found by trying.
            for kind in kinds where kind != "settings" {
                #expect(dry[kind].taken == real[kind].taken, "\(kind)")
                #expect(dry[kind].leftOut == real[kind].leftOut, "\(kind)")
            }
            #expect(real["settings"].leftOut.map(\.name) == ["length of sessions"])
        }
    }

    @Test func `the report says what was left out and why`() async throws {
        try await Self.withFolder { path in
            let report = try await Self.take(into: path)
            #expect(report["accounts"].leftOut.map(\.reason) == ["it has no e-mail"])
            #expect(report["API keys"].leftOut.map(\.id) == ["k2", "k3"])
            #expect(
                Dictionary(uniqueKeysWithValues: report["files"].leftOut.map { ($0.id, $0.reason) }) == [
                    "0f000000-0000-4000-8000-000000000003": "its bytes are not in the uploads folder",
                    "f-cloud": "its bytes are in cloud storage (s3)", "f-above": "its path makes no sense",
                    "../../etc/x": "its id cannot be a file name here", "f-broken": "it has no stored bytes",
                ])
            #expect(report["folders"].leftOut.map(\.id).sorted() == ["fo3", "fo4"])
            #expect(report["chats"].leftOut.map(\.id) == ["c4", "c5"])
            #expect(report["functions"].leftOut.map(\.id) == ["empty"])
            #expect(report["tools"].leftOut.map(\.id) == ["bad-id"])
            #expect(report["own valves"].leftOut.map(\.reason) == ["the tool is not here"])
            #expect(report["prompts"].leftOut.map(\.id) == ["p2"])
            #expect(report["memories"].leftOut.map(\.reason) == ["it is empty"])
            #expect(report.notes.contains { $0.hasPrefix("Of the skill Brief its instructions were taken, 1 more") })
            #expect(report.untouched.map(\.kind).sorted() == ["ratings"])
            #expect(!report.text.contains("\u{1B}"))
            for secret in ["sk-upstream-secret", "secret-token", "secret-key", "secret-zone"] { #expect(!report.json.jsonText.contains(secret)) }
        }
    }

    @Test func `a second run takes nothing, and brings back nothing that was deleted here`() async throws {
        try await Self.withFolder { path in
            _ = try await Self.take(into: path)
            try await ServerFixture.at(path) { server in
                let token = try #require(try await server.signIn("admin@example.com", "old admin")["token"]?.string)
                #expect(try await server.call(.delete, "/api/v1/models/model/delete?id=helper", token: token).status != 500)
                #expect(try await server.call(.delete, "/api/v1/chats/c2", token: Self.key).status == 200)
                #expect(
                    try await server.call(
                        .delete, "/api/v1/auths/api_key",
                        token: try #require(
                            try await server.signIn("seoyeon@example.com", "옛날 비밀번호")["token"]?.string)
                    ).status == 200)
            }
            let again = try await Self.take(into: path)
            for section in again.json["items"]?.array ?? [] { #expect(section["taken"] == 0, "\(section["kind"] ?? "")") }
            try await ServerFixture.at(path) { server in
                let token = try #require(try await server.signIn("seoyeon@example.com", "옛날 비밀번호")["token"]?.string)
                #expect(try await server.call(.get, "/api/v1/chats/c2", token: token).status != 200)
                #expect(try await server.call(.get, "/api/models", token: Self.key).status == 401)
            }
        }
    }

    @Test func `prompts, memories, notes and skills are there with their ids, versions, pins and grants`() async throws {
        try await Self.withFolder { path in
            let report = try await Self.take(into: path)
            for kind in ["prompts", "memories", "notes", "skills"] { #expect(report[kind].taken == 1, "\(kind)") }
            try await ServerFixture.at(path) { server in
                let token = try #require(try await server.signIn("seoyeon@example.com", "옛날 비밀번호")["token"]?.string)
                let prompt = try await server.call(.get, "/api/v1/prompts/command/sum", token: token)
                #expect(prompt["id"] == "p1" && prompt["content"] == "Sum {{text}} up." && prompt["version_id"] == "v2" && prompt["tags"] == ["work"])
                #expect(prompt["updated_at"] == 1_700_000_005 && prompt["write_access"] == false)
                let history = try await server.call(.get, "/api/v1/prompts/id/p1/history", token: token)
                #expect(history.body.array?.map { $0["id"] } == ["v2", "v1"] && history.body[0]?["parent_id"] == "v1")
                #expect(!history.text.contains("access_grants"))
                let memories = try await server.call(.get, "/api/v1/memories/", token: token)
                #expect(memories.body.array?.map { $0["id"] } == ["m1"] && memories.body[0]?["path"] == "home")
                let notes = try await server.call(.get, "/api/v1/notes/pinned", token: token)
                #expect(notes.body.array?.map { $0["id"] } == ["n1"] && notes.body[0]?["updated_at"] == 1_700_000_000_000_000_001)
                #expect(try await server.call(.get, "/api/v1/skills/id/s1", token: token).status == 401)
                let admin = try #require(try await server.signIn("admin@example.com", "old admin")["token"]?.string)
                #expect(try await server.call(.get, "/api/v1/skills/id/s1", token: admin)["content"] == "Be brief.")
            }
        }
    }

    @Test func `old passwords, keys, chats and files go on working`() async throws {
        try await Self.withFolder { path in
            _ = try await Self.take(into: path)
            try await ServerFixture.at(path) { server in
                // Twice: the first sign-in puts a new hash in the place of the old one.
                for _ in 0..<2 { #expect(try await server.signIn("SEOYEON@example.com", "옛날 비밀번호")["id"]?.string == Self.user) }
                #expect(try await server.signIn("seoyeon@example.com", "old admin").status == 400)
                let off = try await server.signIn("off@example.com", "x")
                #expect(off["role"] == "pending")
                #expect(off["profile_image_url"] != "javascript:alert(1)")

                let chat = try await server.call(.get, "/api/v1/chats/c1", token: Self.key)
                #expect(chat["title"] == "고래 이야기")
                #expect(chat["chat"]?["custom"] == 1.0)
                #expect(chat["folder_id"] == "fo2")
                #expect(chat["meta"]?["tags"] == ["sea_life"])
                #expect(chat["share_id"] == "s1")
                #expect(try await server.call(.get, "/api/v1/chats/pinned", token: Self.key).body.array?.map { $0["id"] } == ["c2"])
                #expect(try await server.call(.get, "/api/v1/chats/archived", token: Self.key).body.array?.map { $0["id"] } == ["c3"])
                #expect(try await server.call(.get, "/api/v1/chats/c2", token: Self.key)["updated_at"] == 1_700_000_000)

                let admin = try #require(try await server.signIn("admin@example.com", "old admin")["token"]?.string)
                #expect(try await server.call(.get, "/api/v1/chats/share/s1", token: admin)["title"] == "고래 이야기")
                #expect(try await server.call(.get, "/openai/config", token: admin)["OPENAI_API_KEYS"] == ["sk-upstream-secret"])
                #expect(try await server.call(.get, "/api/config")["features"]?["enable_signup"] == false)

                // The group's grant lets its member read the knowledge base and the file in it, and nothing beyond.
                let base = try await server.call(.get, "/api/v1/knowledge/kb1", token: Self.key)
                #expect(base["name"] == "일지")
                #expect(try await server.call(.get, "/api/v1/files/\(Self.file)/content", token: Self.key).text.hasPrefix("남극"))
                #expect(try await server.call(.delete, "/api/v1/files/\(Self.file)", token: Self.key).status == 404)
                #expect(try await server.call(.get, "/api/v1/files/\(Self.spare)", token: Self.key)["filename"] == "notes.md")
                #expect(try await server.call(.get, "/api/v1/files/\(Self.file)", token: admin)["meta"]?["data"] == ["from": "client"])
                // Nothing processes files in this test: it waits to be found, in its folder.
                let pending = try await server.call(.get, "/api/v1/knowledge/kb1/files/pending", token: admin)
                #expect(pending.text.contains(Self.file))
                let inner = try await server.call(.get, "/api/v1/knowledge/kb1/files?directory_id=d2", token: admin)
                #expect(inner["breadcrumbs"]?.array?.count == 2)
            }
        }
    }

    @Test func `somebody who is here already keeps their password and gets their things`() async throws {
        try await Self.withFolder { path in
            try await ServerFixture.at(path) { server in
                let admin = try await server.administrator()
                _ = try await server.account(.user, by: admin, email: "seoyeon@example.com")
            }
            let report = try await Self.take(into: path)
            #expect(report["accounts"].taken == 1)
            #expect(report["accounts"].already == 2)
            try await ServerFixture.at(path) { server in
                #expect(try await server.signIn("seoyeon@example.com", "옛날 비밀번호").status == 400)
                let answer = try await server.signIn("seoyeon@example.com")
                #expect(answer["id"]?.string != Self.user)
                let token = try #require(answer["token"]?.string)
                #expect(try await server.call(.get, "/api/v1/chats/c1", token: token)["user_id"] == answer["id"])
                #expect(try await server.call(.get, "/api/v1/knowledge/kb1", token: token).status == 200)
            }
        }
    }

    @Test func `functions and tools come with their valves, and the valves are sealed`() async throws {
        try await Self.withFolder { path in
            let report = try await Self.take(into: path)
            #expect(report["functions"].taken == 1)
            #expect(report["tools"].taken == 1)
            #expect(report["own valves"].taken == 1)
            try await ServerFixture.at(path, functions: NoFunctionHost(reason: "no Python in this test")) { server in
                let admin = try #require(try await server.signIn("admin@example.com", "old admin")["token"]?.string)
                let function = try await server.call(.get, "/api/v1/functions/id/shout", token: admin)
                #expect(function["type"] == "filter")
                #expect(function["is_active"] == true)
                #expect(function["is_global"] == false)
                #expect(function["meta"]?["description"] == "d")
                #expect(function["user_id"] != nil)
                #expect(try await server.call(.get, "/api/v1/functions/id/shout/valves", token: admin).body == ["token": "function-secret-token"])
                #expect(try await server.call(.get, "/api/v1/tools/id/clock/valves", token: admin).body == ["key": "tool-secret-key"])
                #expect(try await server.call(.get, "/api/v1/tools/id/clock/valves/user", token: Self.key).body == ["zone": "own-secret-zone"])
                // By the group's grant; the valves are the administrator's.
                let shown = try await server.call(.get, "/api/v1/tools/", token: Self.key)
                #expect(shown.body.array?.map { $0["id"] } == ["clock"])
                #expect(try await server.call(.get, "/api/v1/tools/id/clock/valves", token: Self.key).status == 401)
                #expect(try await server.call(.get, "/api/v1/users/user/settings", token: Self.key).body == ["ui": ["theme": "dark"]])
            }
            for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.hasPrefix("haneul.db") {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
                for secret in ["function-secret-token", "tool-secret-key", "own-secret-zone", "sk-upstream-secret", Self.key] {
                    #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(secret) in \(name)")
                }
            }
        }
    }

    @Test func `tokens of the old server are good with its secret only`() async throws {
        let good = #"{"id":"\#(Self.user)","typ":"session","session_stamp":"stamp of seoyeon","jti":"a","iat":1700000000}"#
        try await Self.withFolder { path in
            _ = try await Self.take(into: path)
            try await ServerFixture.at(path, ["WEBUI_SECRET_KEY_PREVIOUS": "old secret"]) { server in
                for (claims, secret, status) in [
                    (good, "old secret", 200), (good, "another", 401),
                    (good.replacingOccurrences(of: "stamp of seoyeon", with: "earlier stamp"), "old secret", 401),
                    (good.replacingOccurrences(of: #""typ":"session""#, with: #""typ":"mfa""#), "old secret", 401),
                    (good.replacingOccurrences(of: Self.user, with: "unknown"), "old secret", 401),
                ] {
                    let unique = claims.replacingOccurrences(of: #""jti":"a""#, with: #""jti":"\#(makeID())""#)
                    let answer = try await server.call(.get, "/api/v1/auths/", token: OldToken.sign(unique, secret: secret))
                    #expect(answer.status == status, "\(claims) \(secret)")
                }
                let known = OldToken.sign(good, secret: "old secret")
                #expect(try await server.call(.post, "/api/v1/auths/signout", token: known).status == 200)
                #expect(try await server.call(.get, "/api/v1/auths/", token: known).status == 401)
            }
            try await ServerFixture.at(path) { server in
                let answer = try await server.call(.get, "/api/v1/auths/", token: OldToken.sign(good, secret: "old secret"))
                #expect(answer.status == 401)
            }
        }
    }
}
