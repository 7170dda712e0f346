import Domain
import Testing

struct CSVTests {
    @Test func `a section for each row with its number`() async throws {
        let document = try await Sample("name,qty\nbolt,5\n너트,7\n", filename: "t.csv", contentType: "text/csv").document()
        #expect(document.sections.map(\.text) == ["name: bolt\nqty: 5", "name: 너트\nqty: 7"])
        #expect(document.sections.map(\.metadata) == [["row": 0], ["row": 1]])
        #expect(document.text == "name: bolt\nqty: 5 name: 너트\nqty: 7")
    }

    @Test(arguments: [
        "a;b\n1,5;2\n3;4\n", "a\tb\n1,5\t2\n3\t4\n", "a,b\r\n\"1,5\",2\r\n3,4\r\n", "a|b\n1,5|2\n3|4", "\u{FEFF}a,b\n\"1,5\",2\n3,4\n",
        "a,b\r\"1,5\",2\r3,4",
        "a,b\n\n\"1,5\",2\n,\n3,4\n\n",
    ])
    func `delimiters and line ends are recognised`(text: String) async throws {
        let document = try await Sample(text, filename: "t.csv").document()
        #expect(document.sections.map(\.text) == ["a: 1,5\nb: 2", "a: 3\nb: 4"])
    }

    @Test func `quotes hold newlines and quotes`() async throws {
        let document = try await Sample("k,v\n\"two\nlines\",\"say \"\"hi\"\"\"\nx,\"y\" z\n", filename: "t.csv").document()
        #expect(document.sections.map(\.text) == ["k: two\nlines\nv: say \"hi\"", "k: x\nv: y z"])
    }

    @Test func `ragged rows keep every cell`() async throws {
        let document = try await Sample("a,b\n1\n1,2,3\n", filename: "t.csv").document()
        #expect(document.sections.map(\.text) == ["a: 1\nb: ", "a: 1\nb: 2\n3"])
    }

    @Test func `a header alone is text`() async throws {
        #expect(try await Sample("name,qty\n", filename: "t.csv").document().text == "name, qty")
    }

    @Test func `a missing quote does not swallow the memory`() async throws {
        let text = "a,b\n\"" + String(repeating: "x,y\n", count: 3_000_000)
        #expect(try await Sample(text, filename: "t.csv").failure()?.message.contains("quote") == true)
    }
}
