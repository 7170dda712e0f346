import Testing

@testable import Domain

struct PluginRulesTests {
    @Test(arguments: [("My_Filter2", "my_filter2"), ("_x", "_x")]) func `ids are identifiers in lower case`(given: String, stored: String) throws {
        #expect(try PluginRules.id(given) == stored)
    }

    @Test(arguments: ["", "2a", "a-b", "a.b", "a b", "../x", "필터", String(repeating: "a", count: 129)])
    func `other ids are refused`(id: String) {
        #expect(throws: AppError.self) { try PluginRules.id(id) }
    }

    @Test(arguments: [
        ("import x\nclass Pipe:\n  pass", FunctionManifest.Kind.pipe), ("class Filter(Base):", .filter), ("class  Action :", .action),
        ("class Tools:", .tools), ("class Other:\n  class Pipe:\n    pass", nil), ("# class Pipe", nil), ("class Pipeline:", nil),
    ]) func `the kind is read from the text where the code cannot be loaded yet`(code: String, kind: FunctionManifest.Kind?) {
        #expect(PluginRules.likelyKind(code) == kind)
    }

    @Test(arguments: [
        ("https://github.com/o/r/blob/main/a/b.py", "https://raw.githubusercontent.com/o/r/refs/heads/main/a/b.py"),
        ("https://github.com/o/r/blob/main/a/b.py?x=1#L3", "https://raw.githubusercontent.com/o/r/refs/heads/main/a/b.py"),
        ("https://github.com/o/r/tree/dev/a", "https://raw.githubusercontent.com/o/r/refs/heads/dev/a/main.py"),
        ("https://github.com/o/r", "https://github.com/o/r"), ("https://example.com/o/r/blob/main/x.py", "https://example.com/o/r/blob/main/x.py"),
    ]) func `pages about a file lead to the file`(page: String, file: String) { #expect(PluginDownload.rawAddress(page) == file) }

    @Test(arguments: [
        ("https://example.com/a/weather.py", "weather"), ("https://example.com/weather/main.py?x", "weather"), ("https://example.com/", "function"),
    ]) func `a name is made from the address`(url: String, name: String) { #expect(PluginDownload.name(of: url) == name) }
}
