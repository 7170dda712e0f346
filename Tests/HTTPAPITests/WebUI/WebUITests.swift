import Domain
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import HTTPAPI

struct WebUITests {
    private let source = HeldPage([
        "index.html": PageFile(bytes: Array("<title>{{name}}</title><script src=\"{{assets}}/app.js\"></script>".utf8)),
        "app.js": PageFile(bytes: Array(repeating: 0x61, count: 500), gzipped: [1, 2, 3]), "views/chat.js": PageFile(bytes: [0x31]),
        "favicon.svg": PageFile(bytes: Array("<svg/>".utf8)),
    ])

    private func application(_ name: String = "Haneul") throws -> some ApplicationProtocol {
        let page = WebUI(source: source) { name }
        let face = HTTPFace(settings: try Settings(environment: [:]), authenticator: Nobody(), controllers: []) { request, _ in
            try await page.response(to: request)
        }
        return Application(router: face.router)
    }

    @Test(arguments: ["/", "/c/0a1b", "/knowledge", "/settings/account", "/admin/users", "/c/report.v2", "/knowledge/a%20b"])
    func `addresses of the page get its document`(path: String) async throws {
        try await application().test(.router) { client in
            try await client.execute(uri: path, method: .get) { response in
                #expect(response.status == .ok)
                #expect(response.headers[.contentType] == "text/html; charset=utf-8")
                #expect(response.headers[.cacheControl] == "no-cache")
                #expect(String(buffer: response.body).contains("/assets/\(source.revision)/app.js"))
            }
        }
    }

    @Test(arguments: [
        "/api/v1/nothing", "/api", "/openai-x/../api/nothing.js", "/missing.js", "/c/app.mjs", "/x.css", "/assets/old/app.js", "/assets/app.js",
        "/ollama/nothing", "/openai", "/docs/../../etc/passwd.js",
    ])
    func `other addresses get an error as JSON`(path: String) async throws {
        try await application().test(.router) { client in
            try await client.execute(uri: path, method: .get) { response in
                #expect(response.status == .notFound)
                #expect(response.headers[.contentType] == "application/json")
                #expect(String(buffer: response.body).contains("detail"))
            }
        }
    }

    @Test(arguments: ["../index.html", "%2e%2e/index.html", ".hidden.js", "views/../app.js", "views\\chat.js", "views/%63hat.js"])
    func `file names that go astray are not found`(path: String) async throws {
        try await application().test(.router) { client in
            try await client.execute(uri: "/assets/\(source.revision)/\(path)", method: .get) { #expect($0.status == .notFound) }
        }
    }

    @Test func `files are kept for ever and compressed for those who can read it`() async throws {
        let path = "/assets/\(source.revision)/app.js"
        try await application().test(.router) { client in
            try await client.execute(uri: path, method: .get) { response in
                #expect(response.headers[.cacheControl] == "public, max-age=31536000, immutable")
                #expect(response.headers[.contentEncoding] == nil)
                #expect(response.body.readableBytes == 500)
            }
            for (accepted, isCompressed) in [("br, gzip", true), ("gzip;q=0", false), ("identity", false), ("*", true), ("gzip;q=0.5", true)] {
                try await client.execute(uri: path, method: .get, headers: [.acceptEncoding: accepted]) { response in
                    #expect((response.headers[.contentEncoding] == "gzip") == isCompressed, "\(accepted)")
                    #expect(response.body.readableBytes == (isCompressed ? 3 : 500))
                    #expect(response.headers[.vary] == "Accept-Encoding")
                }
            }
        }
    }

    @Test func `what a browser has already is not sent again`() async throws {
        try await application().test(.router) { client in
            let tag = try await client.execute(uri: "/", method: .get) { $0.headers[.eTag] }
            let known = try #require(tag)
            for sent in [known, "W/" + known, "\"x\", " + known, "*"] {
                try await client.execute(uri: "/", method: .get, headers: [.ifNoneMatch: sent]) { response in
                    #expect(response.status == .notModified)
                    #expect(response.body.readableBytes == 0)
                }
            }
            try await client.execute(uri: "/", method: .get, headers: [.ifNoneMatch: "\"x\""]) { #expect($0.status == .ok) }
        }
    }

    @Test(arguments: ["/", "/favicon.svg", "/c/1"])
    func `nothing foreign runs in the page, and nobody frames it`(path: String) async throws {
        try await application().test(.router) { client in
            try await client.execute(uri: path, method: .get) { response in
                let policy = try #require(response.headers[HTTPField.Name("content-security-policy")!])
                #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self';"))
                #expect(!policy.contains("unsafe-") && policy.contains("require-trusted-types-for 'script'"))
                #expect(response.headers[HTTPField.Name("x-content-type-options")!] == "nosniff")
                #expect(response.headers[HTTPField.Name("referrer-policy")!] == "no-referrer")
                #expect(response.headers[HTTPField.Name("permissions-policy")!] != nil)
            }
        }
    }

    @Test func `a site's name is text`() async throws {
        try await application("A<script>\"&").test(.router) { client in
            try await client.execute(uri: "/", method: .get) {
                #expect(String(buffer: $0.body).contains("<title>A&lt;script&gt;&quot;&amp;</title>"))
            }
        }
    }

    @Test func `a head request gets the headers only, and nothing can be posted`() async throws {
        try await application().test(.router) { client in
            try await client.execute(uri: "/", method: .head) { response in
                #expect(response.status == .ok)
                #expect(response.body.readableBytes == 0)
            }
            try await client.execute(uri: "/", method: .post) { #expect($0.status == .methodNotAllowed) }
        }
    }

    @Test func `the revision follows every file`() {
        let other = HeldPage(["index.html": PageFile(bytes: [1])])
        let another = HeldPage(["index.html": PageFile(bytes: [2])])
        #expect(other.revision != another.revision)
        #expect(other.revision == HeldPage(["index.html": PageFile(bytes: [1])]).revision)
        #expect(HeldPage(["a": PageFile(bytes: [1]), "b": PageFile(bytes: [])]).revision != HeldPage(["ab": PageFile(bytes: [1])]).revision)
    }
}

/// Knows nobody.
private struct Nobody: Authenticator {
    func remembered(_ token: String) -> Principal? { nil }
    func authenticate(_ token: String) async throws -> Principal { throw AppError.notAuthenticated }
}
