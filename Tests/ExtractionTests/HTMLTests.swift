import Domain
import Testing

struct HTMLTests {
    @Test func `text without tags, scripts and styles`() async throws {
        let page =
            "<html><head><title>Kilo title</title><style>p{color:red}</style><script>var zz=1</script></head>"
            + "<body><h1>Lima</h1><p>mike &amp; more<br>next</p><noscript>no</noscript></body></html>"
        let document = try await Sample(page, filename: "p.html", contentType: "text/html").document()
        #expect(document.text == "Kilo title\n\nLima\n\nmike & more\nnext")
        #expect(document.sections[0].metadata == ["title": "Kilo title"])
        #expect(document.sections[0].headings == [.init(level: 1, title: "Lima", offset: 12)])
    }

    @Test func `white space collapses as in a browser`() async throws {
        let page = "<p>one\n   <b> two</b> <i>three</i>four</p>\n\n<pre>a\n  b</pre><ul><li>x</li> <li>y</li></ul><div>d</div>"
        #expect(try await Sample(page, filename: "p.html").document().text == "one two threefour\n\na\n  b\n\nx\ny\n\nd")
    }

    @Test func `rows of a table stay together`() async throws {
        let page = "<p>before</p><table><tr><th>품목</th><th>수량</th></tr><tr><td><p>볼트</p></td><td>5</td></tr></table><p>after</p>"
        let section = try await Sample(page, filename: "p.html").document().sections[0]
        #expect(section.text == "before\n\n품목 | 수량\n볼트 | 5\n\nafter")
        #expect(section.tables == [.init(offset: 8, headerEnd: 15, end: 22)])
    }

    @Test func `tables that only lay out the page are no tables`() async throws {
        let page = "<table><tr><td><h2>Menu</h2><p>a</p></td><td><table><tr><td>1</td><td>2</td></tr></table></td></tr></table>"
        let section = try await Sample(page, filename: "p.html").document().sections[0]
        #expect(section.text == "Menu\n\na\n\n1 | 2")
        #expect(section.headings.map(\.title) == ["Menu"])
    }

    @Test(arguments: ["korean-euckr.html", "korean-utf16.html", "korean-utf8.html"])
    func `Korean pages in any encoding`(name: String) async throws {
        #expect(try await Sample(fixture: name).document().text == "은파 해변\n\n축제는 칠월이다.")
    }

    @Test(arguments: ["", "plain words", "<p>unclosed <b>bold", "<table><td>a<td>b</table></div></p>", "<!-- -->", "<html>"])
    func `broken pages are read as far as they go`(page: String) async throws {
        _ = try await Sample(page, filename: "p.html").document()
    }

    @Test func `deep nesting is no danger`() async throws {
        let page = String(repeating: "<div>", count: 100_000) + "deep" + String(repeating: "<b>", count: 1000)
        _ = await (try Sample(page, filename: "p.html")).failure()
    }
}
