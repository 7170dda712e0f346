import Domain
import TestSupport
import Testing

@Suite struct ConnectionBookTests {
    @Test(arguments: [(["a"], 2, ["a", ""]), (["a", "b", "c"], 1, ["a"]), ([], 0, []), (["a"], 1, ["a"])])
    func `keys are padded and cut to the addresses`(_ keys: [String], _ count: Int, _ fitted: [String]) {
        #expect(ConnectionBook.fitted(keys: keys, to: count) == fitted)
    }

    @Test func `configs outside the list are dropped`() {
        #expect(ConnectionBook.fitted(configs: ["0": [:], "1": [:], "x": [:], "-1": [:]], to: 1) == ["0": [:]])
    }

    @Test func `a connection is as its config says`() throws {
        let settings = try Settings(environment: [
            "OPENAI_API_BASE_URLS": "http://a/v1/;http://b", "OPENAI_API_KEYS": "k1",
            "OPENAI_API_CONFIGS": #"{"1":{"enable":false,"prefix_id":"p","model_ids":["m"],"headers":{"X-A":"1","Host":"evil"},"timeout":5}}"#,
        ])
        let book = ConnectionBook(settings: settings)
        let all = book.all(.openAI)
        #expect(all.map(\.baseURL) == ["http://a/v1", "http://b"])
        #expect(all.map(\.key) == ["k1", ""])
        #expect(book.usable(.openAI).map(\.index) == [0])
        let request = all[1].request("GET", "/models")
        #expect(request.header("x-a") == "1")
        #expect(request.header("host") == nil)
        #expect(request.header("authorization") == nil)
        #expect(request.firstByteSeconds == 5)
        #expect(all[0].request("GET", "/models").header("authorization") == "Bearer k1")
    }

    @Test func `auth_type none sends no key`() {
        let connection = Connection(kind: .openAI, index: 0, baseURL: "http://a", key: "k", config: ["auth_type": "none"])
        #expect(connection.request("GET", "/x").header("authorization") == nil)
    }
}
