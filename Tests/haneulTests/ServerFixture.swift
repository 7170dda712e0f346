import Domain
import Foundation
import HTTPAPI
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@testable import haneul

/// A server in this process on a data folder of its own, without listening anywhere.
struct ServerFixture {
    let client: any TestClientProtocol
    let routes: [RouteEntry]
    let settings: Settings
    let path: String

    /// Builds a server, lets `work` use it, and deletes the folder.
    static func with(
        _ environment: [String: String] = [:], functions host: (any FunctionHost)? = nil,
        _ work: @escaping @Sendable (ServerFixture) async throws -> Void
    ) async throws {
        let path = NSTemporaryDirectory() + "haneul-test-" + makeID()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await at(path, environment, functions: host, work)
    }

    /// The same on a folder that stays.
    static func at(
        _ path: String, _ environment: [String: String] = [:], functions host: (any FunctionHost)? = nil,
        _ work: @escaping @Sendable (ServerFixture) async throws -> Void
    ) async throws {
        let directory = try DataDirectory(path: path)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let components = try await haneul.Server.build(
            environment: ["DATA_DIR": path, "WEBUI_SECRET_KEY": "test"].merging(environment) { $1 }, file: [:], directory: directory,
            logger: logger, functionHost: host)
        let (routes, settings) = (components.face.routes.entries, components.settings)
        try await Application(router: components.face.router, logger: logger).test(.router) { client in
            try await work(ServerFixture(client: client, routes: routes, settings: settings, path: path))
        }
        withExtendedLifetime(directory) {}
    }

    struct Answer {
        let status: Int
        let headers: HTTPFields
        let body: JSONValue
        let text: String

        subscript(key: String) -> JSONValue? { body[key] }
        var detail: String? { body["detail"]?.string }
    }

    func call(
        _ method: HTTPRequest.Method, _ uri: String, token: String? = nil, _ body: JSONValue? = nil, headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        if let token { headers[.authorization] = "Bearer \(token)" }
        if body != nil { headers[.contentType] = "application/json" }
        let response = try await client.executeRequest(
            uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(bytes: $0.jsonBytes) })
        let text = String(buffer: response.body)
        return Answer(
            status: Int(response.status.code), headers: response.headers, body: (try? JSONValue(parsing: text)) ?? .null, text: text)
    }

    // MARK: Accounts

    struct Account {
        let id: String
        let email: String
        let token: String
    }

    /// The first account, which is the administrator.
    func administrator() async throws -> Account {
        let answer = try await call(.post, "/api/v1/auths/signup", ["name": "Admin", "email": "admin@example.com", "password": "Passw0rd!"])
        try #require(answer.status == 200)
        return try account(answer)
    }

    func account(_ role: Role, by admin: Account, email: String = "\(makeID())@example.com") async throws -> Account {
        let answer = try await call(
            .post, "/api/v1/auths/add", token: admin.token,
            ["name": "Somebody", "email": .string(email), "password": "Passw0rd!", "role": .string(role.rawValue)])
        try #require(answer.status == 200)
        return try account(answer)
    }

    func signIn(_ email: String, _ password: String = "Passw0rd!") async throws -> Answer {
        try await call(.post, "/api/v1/auths/signin", ["email": .string(email), "password": .string(password)])
    }

    private func account(_ answer: Answer) throws -> Account {
        Account(
            id: try #require(answer["id"]?.string), email: try #require(answer["email"]?.string), token: try #require(answer["token"]?.string))
    }
}
