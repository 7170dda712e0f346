import Domain
import Testing
import TestSupport
import Wire

struct ChatBodyScanTests {
    private func scan(_ text: String) -> ChatBodyScan? { ChatBodyScan(scanning: Array(text.utf8)) }

    private func forwarded(_ text: String, model: String? = nil) -> String? {
        let bytes = Array(text.utf8)
        guard let scan = ChatBodyScan(scanning: bytes) else { return nil }
        return bytes.withUnsafeBytes { String(decoding: scan.forwarded($0, model: model ?? scan.model), as: UTF8.self) }
    }

    @Test func `finds model and stream`() throws {
        let found = try #require(self.scan(#" {"messages":[], "stream" : true , "model":"echo-1"} "#))
        #expect(found.model == "echo-1")
        #expect(found.stream)
        #expect(found.ownFields.isEmpty && found.effective.isEmpty && !found.hasMalformedMessages)
    }

    @Test func `reads a model id with escapes`() throws {
        #expect(try #require(scan(#"{"model":"a\/b \ud55c"}"#)).model == "a/b 한")
    }

    @Test(arguments: [
        #"{"model":"m","messages":[{"role":"user","content":"hi"}],"x":1.0,"y":1e5,"z":-0,"big":12345678901234567890}"#,
        "{\n  \"model\" : \"m\" ,\n\t\"nested\": {\"files\":[1],\"chat_id\":\"c\"}\r\n}", "{}", #"{"model":"m"}"#, #"{"": "empty key"}"#,
        #"{"n":1,"n":2,"other":"\ud800 \u0000 \"quoted\""}"#, #"{"messages":null}"#,
    ])
    func `forwards a body without own keys byte for byte`(text: String) {
        #expect(forwarded(text) == text)
    }

    @Test(arguments: [
        (#"{"chat_id":"","model":"m","a":1}"#, #"{"model":"m","a":1}"#), (#"{"model":"m","chat_id":"c"}"#, #"{"model":"m"}"#),
        (#"{"model":"m", "files" : [1,{"model":"x"}] , "a":1}"#, #"{"model":"m" , "a":1}"#),
        (#"{"id":"1","params":{},"model":"m","session_id":null,"a":1,"metadata":{"b":2}}"#, #"{"model":"m","a":1}"#),
        (#"{ "id":"1", "params":{} }"#, "{  }"), (#"{"save":true}"#, "{}"), (#"{"model":"m","id":1,"id":2}"#, #"{"model":"m"}"#),
    ])
    func `leaves own keys out with one comma each`(text: String, expected: String) {
        #expect(forwarded(text) == expected)
    }

    @Test func `replaces the model in place`() {
        #expect(forwarded(#"{"id":"x","a":1.50,"model" : "ws","z":[]}"#, model: "base \"q\"") == #"{"a":1.50,"model" : "base \"q\"","z":[]}"#)
    }

    @Test(
        arguments: [
            (#"{"chat_id":"c"}"#, ChatOwnFields.chatID), (#"{"chat_id":""}"#, []), (#"{"chat_id":null}"#, []), (#"{"chat_id":"local:1"}"#, []),
            (#"{"parent_id":null}"#, .parentID), (#"{"files":[]}"#, []), (#"{"files":[ ]}"#, []), (#"{"files":null}"#, []), (#"{"files":"zzz"}"#, []),
            (#"{"files":[{}]}"#, .files), (#"{"tool_ids":["a"]}"#, .toolIDs), (#"{"params":{}}"#, []), (#"{"params":{"a":1}}"#, .params),
            (#"{"save":false}"#, []), (#"{"save":true}"#, .save), (#"{"metadata":{"a":1},"features":{"b":true},"id":"1"}"#, []),
            (#"{"features":{"memory":true}}"#, .features), (#"{"features":{}}"#, []), (#"{"features":null}"#, []), (#"{"skill_ids":[]}"#, []),
            (#"{"skill_ids":["a"]}"#, .skillIDs),
        ] as [(String, ChatOwnFields)])
    func `tells which own keys have an effect`(text: String, expected: ChatOwnFields) throws {
        #expect(try #require(scan(text)).effective == expected)
    }

    @Test(arguments: [
        (#"{"messages":[]}"#, false), (#"{"messages":[{},{"a":[1]}]}"#, false), (#"{"messages":"text"}"#, true), (#"{"messages":{}}"#, true),
        (#"{"messages":["a"]}"#, true), (#"{"messages":[ {} , 1]}"#, true), (#"{"messages":[[]]}"#, true), (#"{}"#, false),
    ])
    func `sees messages that are no list of objects`(text: String, isMalformed: Bool) throws {
        #expect(try #require(scan(text)).hasMalformedMessages == isMalformed)
    }

    @Test(arguments: [
        "", " ", "[]", "\"x\"", "nul", "{bad", "{\"a\":1", "{\"a\":1}}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1e}", "{,}",
        "{\"a\":1,}", "{\"a\" 1}", "{\"a\":[1,]}", "{\"a\":tru}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"\u{01}\"}", "{'a':1}",
        "{\"mod\\u0065l\":\"m\"}", "{\"model\":\"a\",\"model\":\"b\"}", "{\"stream\":true,\"stream\":false}", "{\"stream\":1}",
        "{\"stream\":\"true\"}",
    ])
    func `leaves everything irregular to the careful path`(text: String) {
        #expect(scan(text) == nil)
    }

    @Test func `nesting is limited as in the tree parser`() {
        for depth in [255, 256, 257] {
            let text = "{\"a\":" + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}"
            #expect((scan(text) != nil) == ((try? JSONValue(parsing: text)) != nil), "\(depth)")
        }
    }

    @Test(arguments: ["Model", "MODEL", "mODEL"])
    func `a second model in another spelling is no plain case`(key: String) {
        #expect(scan(#"{"model":"m","\#(key)":"other"}"#) == nil)
        #expect(scan(#"{"\#(key)":"other","model":"m"}"#) == nil)
        #expect(scan(#"{"model":"m","metadata":{"\#(key)":"other"},"modem":1,"models":[]}"#)?.model == "m")
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0xAF], [0xC2], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80],
            [0xEC, 0x95], [0xFF],
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are refused wherever they stand`(bad: [UInt8]) {
        for padding in 0..<9 {
            let text = Array("{\"a\":\"".utf8) + [UInt8](repeating: 0x61, count: padding) + bad + Array("aaaaaaaaaa\"}".utf8)
            #expect(ChatBodyScan(scanning: text) == nil)
        }
    }

    // MARK: Against the tree

    /// A random document from a seeded generator, so that a failure can be repeated.
    private struct Documents {
        var random: SeededGenerator

        mutating func object(depth: Int, top: Bool) -> String {
            var members: [String] = []
            let names = Array(ChatOwnFields.byName.keys).sorted() + ["messages", "temperature", "tools", "x", "한글", "a b", "stop"]
            for _ in 0..<Int.random(in: 0...7, using: &random) {
                let name = names.randomElement(using: &random)!
                members.append(space() + "\"\(name)\"" + space() + ":" + space() + value(depth: depth + 1) + space())
            }
            if top {
                let models = [#""model":"m""#, #""model": "wörk:1""#, #""model":null"#, #""model":7"#, ""]
                let model = models.randomElement(using: &random)!
                if !model.isEmpty { members.insert(model, at: Int.random(in: 0...members.count, using: &random)) }
                if Bool.random(using: &random) { members.append(#""stream":true"#) }
            }
            return "{" + members.joined(separator: ",") + (members.isEmpty ? space() : "") + "}"
        }

        mutating func value(depth: Int) -> String {
            switch Int.random(in: 0...(depth > 4 ? 5 : 7), using: &random) {
            case 0: return "null"
            case 1: return Bool.random(using: &random) ? "true" : "false"
            case 2: return ["0", "-0", "1.0", "12e-3", "1E+5", "123456789012345678901234567890", "-7.25"].randomElement(using: &random)!
            case 3...5:
                let parts = ["", "abcdefgh", "\\n", "\\\"", "\\\\", "\\u00e9", "\\ud83c\\udf1f", "한글", "🌟", "é", "/", "{", "]", ",", ":", "x"]
                return "\"" + (0..<Int.random(in: 0...6, using: &random)).map { _ in parts.randomElement(using: &random)! }.joined() + "\""
            case 6:
                let count = Int.random(in: 0...3, using: &random)
                return "[" + (0..<count).map { _ in space() + value(depth: depth + 1) }.joined(separator: ",") + space() + "]"
            default: return object(depth: depth, top: false)
            }
        }

        mutating func space() -> String { ["", "", "", " ", "\n", "\r\n\t"].randomElement(using: &random)! }
    }

    @Test func `agrees with the tree on random documents`() throws {
        var documents = Documents(random: SeededGenerator(seed: 20261122))
        for _ in 0..<4000 {
            let text = documents.object(depth: 0, top: true)
            let tree = try #require(try JSONValue(parsing: text).object)
            let bytes = Array(text.utf8)
            let scan = try #require(ChatBodyScan(scanning: bytes), "\(text)")
            #expect(scan.model == tree["model"]?.string, "\(text)")
            #expect(scan.stream == (tree["stream"]?.bool ?? false), "\(text)")
            var expected = tree.filter { key, _ in ChatOwnFields.byName[key] == nil }
            let same = bytes.withUnsafeBytes { scan.forwarded($0, model: scan.model) }
            #expect(try JSONValue(parsing: same) == .object(expected), "\(text)")
            if expected["model"] != nil { expected["model"] = "other" }
            let replaced = bytes.withUnsafeBytes { scan.forwarded($0, model: "other") }
            #expect(try JSONValue(parsing: replaced) == .object(expected), "\(text)")
        }
    }

    @Test func `accepts what the tree parser accepts and nothing else`() throws {
        var documents = Documents(random: SeededGenerator(seed: 7))
        var accepted = 0
        for _ in 0..<6000 {
            var bytes = Array(documents.object(depth: 0, top: true).utf8)
            for _ in 0..<Int.random(in: 1...2, using: &documents.random) {
                let place = Int.random(in: 0..<bytes.count, using: &documents.random)
                switch Int.random(in: 0...2, using: &documents.random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &documents.random)
                case 1: bytes.remove(at: place)
                default: bytes.insert([0x22, 0x5C, 0x7B, 0x7D, 0x2C, 0x30, 0xED].randomElement(using: &documents.random)!, at: place)
                }
                if bytes.isEmpty { bytes = [0x7B] }
            }
            let tree = (try? JSONValue(parsing: bytes))?.object
            let scan = ChatBodyScan(scanning: bytes)
            if scan != nil {
                accepted += 1
                #expect(tree != nil, "\(String(decoding: bytes, as: UTF8.self))")
            } else if let tree {
                // Valid JSON is only left to the tree when it is irregular in one of the documented ways.
                let text = String(decoding: bytes, as: UTF8.self)
                let isIrregular =
                    tree["stream"].map { $0.bool == nil && !$0.isNull } ?? false || text.contains("\\")
                    || text.split(separator: "\"model\"").count > 2 || text.split(separator: "\"stream\"").count > 2
                #expect(isIrregular, "\(text)")
            }
        }
        #expect(accepted > 500)
    }
}

struct ChatBodyScanBytesTests {
    /// Every place of a special byte inside of a word, behind ordinary and behind Korean text.
    @Test(arguments: ["\\\"", "\\u00e9", "é", "한", "𝄞", "\u{7F}", "日本", "ㄱ", "\u{FFFF}", "\u{D7FF}", "\u{E000}", "\u{800}"])
    func `strings are read whatever stands in them and where`(piece: String) {
        for count in 0..<20 {
            for filler in ["a", "가"] {
                let text = String(repeating: filler, count: count) + piece + String(repeating: filler, count: 20 - count)
                let body = Array("{\"x\":\"\(text)\",\"model\":\"m\"}".utf8)
                #expect(ChatBodyScan(scanning: body)?.model == "m")
            }
        }
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xEA, 0xB0],
            [0xEA, 0x41, 0x80], [0xFF], [0x1F], [0x00], [0x0A], [0x22], [0xE1, 0x80, 0xC0],
        ] as [[UInt8]])
    func `bytes that are no text are refused wherever they stand`(bad: [UInt8]) {
        for count in 0..<20 {
            for filler in ["a", "가"] {
                let body =
                    Array("{\"x\":\"".utf8) + Array(String(repeating: filler, count: count).utf8) + bad
                    + Array(String(repeating: filler, count: 20).utf8) + Array("\",\"model\":\"m\"}".utf8)
                #expect(ChatBodyScan(scanning: body) == nil)
            }
        }
    }

    @Test(arguments: [
        (#"{"model":"m","stream_options":{"resumable":true}}"#, true), (#"{"model":"m","stream_options":{"include_usage":true}}"#, false),
        (#"{"model":"m","messages":[{"content":"\"resumable\""}]}"#, false), (#"{"model":"m","stream_options":null}"#, false),
    ])
    func `streams that can be resumed are noticed`(body: String, isResumable: Bool) {
        #expect(ChatBodyScan(scanning: Array(body.utf8))?.isResumable == isResumable)
    }
}
