import Domain
import Foundation
import Testing

struct ChunkerTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    private func chunks(
        _ text: String, _ options: ChunkingOptions = ChunkingOptions(), title: String = "", markdown: Bool = true
    ) throws -> [ChunkDraft] {
        try Chunker(options: options).chunks(of: ExtractedDocument(sections: [.init(text: text)], hasMarkdownHeadings: markdown), title: title)
    }

    /// The text in runs of `length` scalars, as a file that is being read.
    private func streamed(_ text: String, _ options: ChunkingOptions, runs length: Int) throws -> [ChunkDraft] {
        var stream = try Chunker(options: options).stream(title: "")
        var drafts = stream.receive(.section([:]))
        var scalars = text.unicodeScalars[...]
        while !scalars.isEmpty {
            drafts += stream.receive(.text(TextRun(String(scalars.prefix(length)))))
            scalars = scalars.dropFirst(length)
        }
        return drafts + stream.finish()
    }

    @Test func `cuts as LangChain's recursive splitter does`() throws {
        let data = try Data(contentsOf: Self.fixtures.appending(path: "recursive-splitter.json"))
        let cases = try #require(try JSONValue(parsing: data).array)
        #expect(cases.count >= 40)
        for item in cases {
            let text = try #require(item["text"]?.string)
            let options = ChunkingOptions(
                size: try #require(item["size"]?.int), overlap: try #require(item["overlap"]?.int), markdownHeadings: false)
            let expected = try #require(item["chunks"]?.array).compactMap(\.string)
            let drafts = try chunks(text, options, markdown: false)
            #expect(drafts.map(\.text) == expected)
            #expect(try streamed(text, options, runs: 7) == drafts)
            for draft in drafts { #expect(text.unicodeScalars.dropFirst(draft.startIndex).starts(with: draft.text.unicodeScalars)) }
        }
    }

    @Test func `twelve paragraphs below the size are twelve chunks`() throws {
        let text = (0..<12).map {
            "Section \($0): archive box number \($0) holds item BX-\(1000 + $0). " + String(repeating: "filler words ", count: 55)
        }
        .joined(separator: "\n\n")
        let drafts = try chunks(text)
        #expect(drafts.count == 12)
        #expect(drafts.allSatisfy { $0.text.hasPrefix("Section") && $0.text.hasSuffix("words") })
    }

    @Test func `start and end are offsets of the text in Unicode scalars`() throws {
        let text = "머리말 😀\n\n" + (0..<200).map { "낱말\($0)👨‍👩‍👧" }.joined(separator: " ")
        let scalars = Array(text.unicodeScalars)
        let drafts = try chunks(text, ChunkingOptions(size: 100, overlap: 20))
        #expect(drafts.count > 10)
        for draft in drafts {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars[draft.startIndex..<draft.endIndex])
            #expect(String(view) == draft.text)
            #expect(draft.text.unicodeScalars.count <= 100)
        }
    }

    @Test func `a grapheme cluster stays whole`() throws {
        let family = "👨‍👩‍👧‍👦"
        let drafts = try chunks(String(repeating: family, count: 40), ChunkingOptions(size: 10, overlap: 0))
        #expect(drafts.count == 40)
        #expect(drafts.allSatisfy { $0.text == family })
        let jamo = String(repeating: "각", count: 50).decomposedStringWithCanonicalMapping
        for draft in try chunks(jamo, ChunkingOptions(size: 7, overlap: 0)) { #expect(draft.text.unicodeScalars.count == 6) }
    }

    @Test func `a character of endless marks is cut all the same`() throws {
        let drafts = try chunks("a" + String(repeating: "\u{301}", count: 5000), ChunkingOptions(size: 100, overlap: 10))
        #expect(drafts.count >= 50)
        #expect(drafts.allSatisfy { $0.text.unicodeScalars.count <= 100 })
    }

    @Test func `an overlap larger than the size is a clear error`() throws {
        let error = #expect(throws: AppError.self) { try chunks("text", ChunkingOptions(size: 100, overlap: 200)) }
        #expect(error?.code == .badRequest)
        #expect(error?.message.contains("overlap (200)") == true)
        #expect(throws: AppError.self) { try chunks("text", ChunkingOptions(size: 0, overlap: 0)) }
        #expect(throws: AppError.self) { try chunks("text", ChunkingOptions(size: 10, overlap: -1)) }
    }

    // MARK: Headings

    @Test func `a heading starts a new chunk and stays in it`() throws {
        let drafts = try chunks("# A\n\nintro\n\n## B\n\nbody bravo\n\n## C\n\nbody charlie", title: "h.md")
        #expect(drafts.map(\.text) == ["# A\n\nintro", "## B\n\nbody bravo", "## C\n\nbody charlie"])
        #expect(drafts.map(\.headings) == [["A"], ["A", "B"], ["A", "C"]])
        #expect(drafts.map(\.startIndex) == [0, 12, 30])
        #expect(drafts[0].indexText == "h.md\n# A\n\nintro")
        #expect(drafts[1].indexText == "h.md > A\n## B\n\nbody bravo")
    }

    @Test func `headings without text between them stay together`() throws {
        let drafts = try chunks("# A\n## B\n### C\nbody\n## D\n## E\nend")
        #expect(drafts.map(\.text) == ["# A\n## B\n### C\nbody", "## D", "## E\nend"])
        #expect(drafts.map(\.headings) == [["A", "B", "C"], ["A", "D"], ["A", "E"]])
    }

    @Test(arguments: [
        "```\n# not a heading\n```\ntext", "~~~sh\n# no\n## no\n~~~\ntext", "#hashtag\ntext", "####### seven\ntext", "    # code\ntext",
        "text # no\nmore",
        "````\n```\n# still code\n````\ntext",
    ])
    func `what only looks like a heading is none`(text: String) throws {
        let drafts = try chunks("before\n" + text)
        #expect(drafts.count == 1)
        #expect(drafts[0].headings.isEmpty)
    }

    @Test func `source code is not cut at its comments`() throws {
        #expect(try chunks("# one\nx = 1\n# two\ny = 2\n", markdown: false).count == 1)
    }

    @Test func `the heading path is known when headings do not cut`() throws {
        let text = "# A\n" + String(repeating: "first words ", count: 20) + "\n## B\n" + String(repeating: "other words ", count: 20)
        let drafts = try chunks(text, ChunkingOptions(size: 200, overlap: 0, markdownHeadings: false))
        #expect(drafts.first?.headings == ["A"])
        #expect(drafts.last?.headings == ["A", "B"])
        #expect(drafts.last?.indexText.hasPrefix("A > B\n") == true)
    }

    @Test func `a long section repeats its path in the index and not in the text`() throws {
        let drafts = try chunks(
            "# Guide\n## Boiler\n" + String(repeating: "valve pressure ", count: 100), ChunkingOptions(size: 300, overlap: 0), title: "Manual")
        #expect(drafts.count > 4)
        #expect(drafts[0].indexText.hasPrefix("Manual\n# Guide"))
        for draft in drafts.dropFirst() {
            #expect(draft.headings == ["Guide", "Boiler"])
            #expect(draft.indexText == "Manual > Guide > Boiler\n" + draft.text)
            #expect(!draft.text.contains("Boiler"))
        }
    }

    @Test func `headings that the format marks cut as well`() throws {
        let section = ExtractedDocument.Section(
            text: "개요\n\n본문 하나\n\n결론\n\n본문 둘", metadata: ["page": 3],
            headings: [.init(level: 1, title: "개요", offset: 0), .init(level: 1, title: "결론", offset: 11)])
        let drafts = try Chunker().chunks(of: ExtractedDocument(sections: [section], hasMarkdownHeadings: false), title: "")
        #expect(drafts.map(\.text) == ["개요\n\n본문 하나", "결론\n\n본문 둘"])
        #expect(drafts.map(\.headings) == [["개요"], ["결론"]])
        #expect(drafts.allSatisfy { $0.metadata["page"] == 3 })
    }

    // MARK: Tables

    @Test func `every part of a long table has the header row`() throws {
        let header = "item | quantity"
        let rows = (0..<100).map { "bolt number \($0) | \($0 * 3)" }
        let text = "Stock\n\n" + ([header] + rows).joined(separator: "\n") + "\n\nThe end."
        let table = TextRun.Table(offset: 7, headerEnd: 7 + header.count, end: text.count - "\n\nThe end.".count)
        let section = ExtractedDocument.Section(text: text, tables: [table])
        let drafts = try Chunker(options: ChunkingOptions(size: 300, overlap: 0)).chunks(of: ExtractedDocument(sections: [section]), title: "")
        #expect(drafts.first?.text == "Stock")
        #expect(drafts.last?.text == "The end.")
        let parts = drafts.dropFirst().dropLast()
        #expect(parts.count > 5)
        #expect(parts.allSatisfy { $0.text.hasPrefix(header + "\n") && $0.text.count <= 300 })
        #expect(parts.flatMap { $0.text.split(separator: "\n").dropFirst() }.map(String.init) == rows)
    }

    // MARK: Sections

    @Test func `each section keeps its metadata and counts from zero`() throws {
        let document = ExtractedDocument(
            sections: [.init(text: "Page one", metadata: ["page": 0]), .init(text: "  "), .init(text: "\nPage two", metadata: ["page": 1])])
        let drafts = try Chunker().chunks(of: document, title: "")
        #expect(drafts.map(\.text) == ["Page one", "Page two"])
        #expect(drafts.map { $0.metadata["page"] } == [0, 1])
        #expect(drafts.map(\.startIndex) == [0, 1])
    }

    @Test func `short pieces join up to the size`() throws {
        let text = "# A\n\none\n\n# B\n\ntwo\n\n# C\n\n" + String(repeating: "long ", count: 15)
        let drafts = try chunks(text, ChunkingOptions(size: 100, overlap: 0, minimum: 15))
        #expect(drafts.map { String($0.text.prefix(18)) } == ["# A\n\none\n\n# B\n\ntwo", "# C\n\n" + "long long lon"])
        #expect(drafts[0].headings == ["A"])
    }

    @Test func `rows of a table join, pages do not`() throws {
        let rows = ExtractedDocument(sections: (0..<4).map { .init(text: "qty: \($0)", metadata: ["row": .int($0)]) }, separator: " ")
        let options = ChunkingOptions(size: 100, overlap: 0, minimum: 14)
        let joined = try Chunker(options: options).chunks(of: rows, title: "t")
        #expect(joined.map(\.text) == ["qty: 0\n\nqty: 1", "qty: 2\n\nqty: 3"])
        #expect(joined[0].indexText == "t\nqty: 0\n\nqty: 1")
        let pages = ExtractedDocument(sections: (0..<4).map { .init(text: "p \($0)", metadata: ["page": .int($0)]) })
        #expect(try Chunker(options: options).chunks(of: pages, title: "t").count == 4)
    }

    // MARK: Tokens

    @Test func `tokens are counted by the given tokenizer`() throws {
        let options = ChunkingOptions(unit: .tokens, size: 10, overlap: 2)
        let chunker = Chunker(options: options) { text in text.split(whereSeparator: \.isWhitespace).count }
        let text = (0..<95).map { "w\($0)" }.joined(separator: " ")
        let drafts = try chunker.chunks(of: ExtractedDocument(sections: [.init(text: text)]), title: "")
        #expect(drafts.count == 12)
        #expect(drafts.allSatisfy { $0.text.split(separator: " ").count <= 10 })
        #expect(drafts[1].text.hasPrefix("w8 w9 w10"))
    }

    @Test func `the estimate of tokens is near the size`() throws {
        let text = String(repeating: "보일러 압력이 낮으면 밸브를 연다. Open the valve slowly. ", count: 100)
        let drafts = try chunks(text, ChunkingOptions(unit: .tokens, size: 100, overlap: 10))
        #expect(drafts.count > 20)
        #expect(drafts.allSatisfy { Chunker.estimatedTokens($0.text) <= 100 })
    }

    // MARK: Streams

    @Test(arguments: [1, 2, 3, 64, 4096])
    func `how the text is divided into runs makes no difference`(length: Int) throws {
        var text = "# 제목\n\n"
        for index in 0..<60 {
            text += "문단 \(index)\r\n\r\n## 절 \(index)\n" + String(repeating: "본문 \(index) e\u{301} ", count: index) + "\n\n"
            if index % 7 == 0 { text += String(repeating: "끊김없이", count: 300) + "```\n# code\n```\n" }
        }
        let options = ChunkingOptions(size: 200, overlap: 30, minimum: index(of: length) ? 50 : 0)
        #expect(try streamed(text, options, runs: length) == chunks(text, options))
    }

    private func index(of length: Int) -> Bool { length % 2 == 0 }

    @Test(arguments: [" ", "", "\n"])
    func `a text of megabytes passes in pieces`(separator: String) throws {
        let part = String(repeating: "가나다라마바사" + separator, count: 4000)
        var stream = try Chunker().stream(title: "")
        var count = stream.receive(.section([:])).count
        for _ in 0..<20 { count += stream.receive(.text(TextRun(part))).count }
        count += stream.finish().count
        let scalars = 20 * part.unicodeScalars.count
        #expect(count >= scalars / 1000 && count < scalars / 800)
    }
}
