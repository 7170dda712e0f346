import Domain
import Foundation
import HTTPAPI
import HTTPTypes
import Testing

/// Walks every route and compares it with `RouteAccessTable.txt`. A route without a row, and a row without a route, fail.
///
/// After a route was added on purpose: `HANEUL_WRITE_ROUTE_TABLE=1 swift test --filter RouteAccessTests`, and read the diff.
struct RouteAccessTests {
    private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("RouteAccessTable.txt")
    private static let head = "# method path who scope: what each route needs. See RouteAccessTests.swift.\n"

    private static func row(_ entry: RouteEntry) -> String {
        "\(entry.method.rawValue) \(entry.path) \(entry.access.rawValue) \(entry.scope.rawValue)"
    }

    @Test func `the table in the repository is the table of the server`() async throws {
        try await ServerFixture.with(["ENV": "dev"]) { server in
            let rows = Set(server.routes.map(Self.row))
            if ProcessInfo.processInfo.environment["HANEUL_WRITE_ROUTE_TABLE"] != nil {
                try (Self.head + rows.sorted().joined(separator: "\n") + "\n").write(to: Self.file, atomically: true, encoding: .utf8)
            }
            let written = try Set(
                String(contentsOf: Self.file, encoding: .utf8).split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") })
            #expect(rows.subtracting(written).sorted() == [], "routes without a row")
            #expect(written.subtracting(rows).sorted() == [], "rows without a route")
        }
    }

    @Test func `nobody gets further than a route says`() async throws {
        try await ServerFixture.with(["ENV": "dev", "ENABLE_API_KEYS": "true"]) { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            let pending = try await server.account(.pending, by: admin)
            // An administrator's keys, so that nothing but their limits can refuse them.
            func key(_ limits: JSONValue) async throws -> String {
                let answer = try await server.call(.post, "/api/v1/auths/api_keys", token: admin.token, ["name": "k", "limits": limits])
                return try #require(answer["api_key"]?.string)
            }
            var scoped: [KeyRestrictions.Scope: String] = [:]
            for scope in KeyRestrictions.Scope.allCases {
                scoped[scope] = try await key(["scopes": .strings(KeyRestrictions.Scope.allCases.filter { $0 != scope }.map(\.rawValue))])
            }
            let elsewhere = try await key(["addresses": ["203.0.113.0/24"]])
            let nowhere = try await key(["paths": []])

            for entry in server.routes where entry.access != .open {
                let path = entry.path.replacingOccurrences(of: "+}", with: "}").replacingOccurrences(
                    of: #"\{[^}]*\}"#, with: "none", options: .regularExpression)
                var attempts: [(String, String?, Int)] = [
                    ("nobody", nil, 401), ("garbage", "not.a.token", 401), ("unknown key", "sk-00000000000000000000000000000000", 401),
                    ("key without the scope", scoped[entry.scope], 403), ("key from elsewhere", elsewhere, 403), ("key without paths", nowhere, 403),
                ]
                if entry.access != .session { attempts.append(("pending", pending.token, 401)) }
                if entry.access == .admin { attempts.append(("user", user.token, 401)) }
                for (who, token, status) in attempts {
                    let answer = try await server.call(entry.method, path, token: token)
                    #expect(answer.status == status, "\(Self.row(entry)) as \(who)")
                    #expect(
                        answer.detail != nil || entry.path.hasPrefix("/v1") || entry.path.contains("/v1/messages"), "\(Self.row(entry)) as \(who)")
                }
            }
            // None of these attempts did anything.
            #expect(try await server.call(.get, "/api/v1/auths/", token: admin.token).status == 200)
            #expect(try await server.call(.get, "/api/v1/users/all", token: admin.token)["total"]?.int == 3)
        }
    }
}
