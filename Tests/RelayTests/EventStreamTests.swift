import Domain
import NIOEmbedded
import Testing

@testable import Relay

struct EventStreamTests {
    @Test(
        arguments: [
            ("data: [DONE]\n\n", 0), ("data:[DONE]\n", 0), ("data: {}\n\ndata: [DONE]\r\n\r\n", 10), ("data:   [DONE]  \n", 0),
            (": data: [DONE]\n", nil), ("data: {\"x\":\"[DONE]\"}\n", nil), ("data: [DONE] x\n", nil), ("event: x\ndata: [DONE]", 9), ("", nil),
            ("\n\n\n", nil), ("data: \"data: [DONE]\"\n", nil),
        ] as [(String, Int?)])
    func `the line that ends a stream is found`(text: String, position: Int?) {
        #expect(Array(text.utf8).withUnsafeBytes { EventStream.doneLine(in: $0) } == position)
    }

    @Test(arguments: [("x\n\n", true), ("x\n", false), ("x\r\n\r\n", true), ("x\r\n", false), ("\n", true), ("\r\n", true), ("", false)])
    func `an event ends with an empty line`(text: String, ends: Bool) {
        #expect(Array(text.utf8).withUnsafeBytes { EventStream.endsEvent($0) } == ends)
    }

    @Test(arguments: [
        (#"{"usage":{"prompt_tokens":12,"completion_tokens":31,"total_tokens":43}}"#, 12, 31),
        (#"{"choices":[{"delta":{"content":"\"usage\":{\"prompt_tokens\":9}"}}],"usage" : { "completion_tokens" : 2 , "prompt_tokens": 1 } }"#, 1, 2),
        (#"data: {"usage":{"prompt_tokens":3,"completion_tokens":4}}\#n\#ndata: {"usage":null}\#n\#n"#, 3, 4), (#"{"usage":{}}"#, 0, 0),
    ])
    func `the last token counts are read`(text: String, prompt: Int, completion: Int) {
        let usage = Array(text.utf8).withUnsafeBytes { TokenCounts(lastIn: $0) }
        #expect(usage?.input == prompt)
        #expect(usage?.output == completion)
    }

    @Test(arguments: ["", "{}", #"{"usage":null}"#, #"{"content":"\"usage\":{}"}"#, "\"usage\"", #"{"usage":"#])
    func `answers without counts have none`(text: String) {
        #expect(Array(text.utf8).withUnsafeBytes { TokenCounts(lastIn: $0) } == nil)
    }
}

struct UpstreamRouteTests {
    private func parsed(_ url: String, key: String = "", headers: [String: String] = [:], config: JSONObject = [:]) -> (
        origin: UpstreamRoute.Origin, requestHead: [UInt8]
    )? {
        UpstreamRoute.parse(Connection(kind: .openAI, index: 0, baseURL: url, key: key, headers: headers, config: config))
    }

    @Test(arguments: [
        ("http://h:8080/v1", false, "h", 8080, "/v1"), ("https://api.example.com/v1", true, "api.example.com", 443, "/v1"),
        ("HTTP://h", false, "h", 80, ""), ("http://[::1]:9/x/y/", false, "::1", 9, "/x/y"), ("https://[::1]", true, "::1", 443, ""),
    ])
    func `addresses are taken apart`(url: String, isSecure: Bool, host: String, port: Int, path: String) throws {
        let route = try #require(parsed(url))
        #expect(route.origin == UpstreamRoute.Origin(isSecure: isSecure, host: host, port: port))
        #expect(String(decoding: route.requestHead, as: UTF8.self).hasPrefix("POST \(path)/chat/completions HTTP/1.1\r\nhost: "))
    }

    @Test(arguments: [
        "", "h:80", "ftp://h", "http://", "http://user:pw@h/", "http://h/?a=b", "http://h/#x", "http://h:0", "http://h:99999", "http://h:x",
        "http://h/a b", "http://h/\r\nx", "http://[::1", "http://[::1]x", "http://ü/",
    ])
    func `addresses that are not plain go the long way`(url: String) { #expect(parsed(url) == nil) }

    @Test func `the key and an admin's headers go along`() throws {
        let head = String(decoding: try #require(parsed("http://h", key: "k", headers: ["X-A": "b"])).requestHead, as: UTF8.self)
        #expect(head.contains("\r\nauthorization: Bearer k\r\n"))
        #expect(head.contains("\r\nX-A: b\r\n"))
        let own = String(decoding: try #require(parsed("http://h", key: "k", headers: ["Authorization": "Own"])).requestHead, as: UTF8.self)
        #expect(own.contains("Authorization: Own"))
        #expect(!own.contains("Bearer"))
        let none = String(decoding: try #require(parsed("http://h", key: "k", config: ["auth_type": "none"])).requestHead, as: UTF8.self)
        #expect(!none.contains("Bearer"))
    }

    @Test(arguments: [["a": "b\r\nc: d"], ["a b": "c"], ["Content-Length": "1"], ["": "x"], ["x": "{{USER_NAME}}"]])
    func `headers that are none go the long way`(headers: [String: String]) { #expect(parsed("http://h", headers: headers) == nil) }
}
