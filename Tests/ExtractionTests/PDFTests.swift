import Domain
import Extraction
import Testing

struct PDFTests {
    @Test func `a section for each page with its numbers`() async throws {
        let document = try await Sample(fixture: "two-pages.pdf", contentType: "application/pdf").document()
        #expect(document.sections.map(\.text) == ["Page one victor\nsecond line", "Page two whiskey"])
        #expect(
            document.sections[1].metadata == [
                "page": 1, "page_label": "2", "total_pages": 2, "title": "Two pages", "author": "A. Writer",
            ])
    }

    @Test func `Korean without embedded fonts, and an empty page`() async throws {
        let document = try await Sample(fixture: "korean.pdf").document()
        #expect(document.sections.map(\.text) == ["첫째 쪽 한글 보고서\n비상 연락처 KR-7741", "셋째 쪽 글자"])
        #expect(document.sections.map { $0.metadata["page"] } == [0, 2])
        #expect(document.sections[0].metadata["title"] == "한글 제목")
    }

    @Test func `rows of a table stay together`() async throws {
        let section = try #require(try await Sample(fixture: "table.pdf").document().sections.first)
        let rows = ["Part | Quantity | Price"] + (0..<12).map { "BX-\($0) | \($0 * 3) | \($0).50" }
        #expect(section.text == "A sentence before the table.\n\n" + rows.joined(separator: "\n") + "\n\nA sentence after it.")
        #expect(section.tables.count == 1)
        #expect(section.tables.first?.offset == 30)
        #expect(section.tables.first?.headerEnd == 53)
    }

    @Test func `columns of prose are read one after the other`() async throws {
        let text = try await Sample(fixture: "columns.pdf").document().text
        let words = text.split { $0.isWhitespace }.filter { $0.hasPrefix("left") || $0.hasPrefix("right") }
        #expect(words.map(String.init) == (0..<24).map { "left\($0)" } + (0..<20).map { "right\($0)" })
    }

    @Test func `narrow columns of prose are read one after the other`() async throws {
        let text = try await Sample(fixture: "narrow.pdf").document().text
        #expect(text.split { $0.isWhitespace }.filter { $0.hasPrefix("word") }.map(String.init) == (0..<150).map { "word\($0)" })
    }

    @Test func `a table above columns of prose keeps its rows, and the columns their order`() async throws {
        let section = try #require(try await Sample(fixture: "mixed.pdf").document().sections.first)
        let rows = [
            "Part | What it is | Price", "4711 | Seal of the main pump, made of rubber, in packs of ten | 9.00", "4712 | Shaft | 120.00",
            "4713 | Bearing, ordered a week ahead in Busan | 33.10",
        ]
        #expect(section.text.hasPrefix("Parts of the pump.\n\n" + rows.joined(separator: "\n") + "\n\nsentence 0"))
        let words = section.text.split { $0.isWhitespace }
        let order = zip(words, words.dropFirst()).compactMap { $0 == "sentence" ? Int($1) : nil }
        #expect(order == Array(0..<16))
        #expect(section.tables.map(\.offset) == [20])
    }

    @Test func `headings are told by their size, or in bold and alone`() async throws {
        let document = try await Sample(fixture: "headings.pdf").document()
        let long = "Replacing the seal of the main pump when nobody is there who could hold the light and time is short"
        let headings = document.sections.map { $0.headings.map { "\($0.level) \($0.title)" } }
        #expect(headings == [["1 Pump handbook", "2 \(long)", "3 Spare parts"], ["2 비상 정지"], [], ["1 Storage"]])
        for section in document.sections {
            for heading in section.headings {
                let line = String(String.UnicodeScalarView(section.text.unicodeScalars.dropFirst(heading.offset).prefix { $0 != "\n" }))
                #expect(heading.title.hasPrefix(line) && !line.isEmpty)
            }
        }
    }

    @Test func `a page goes on under the heading of the page before`() async throws {
        let document = try await Sample(fixture: "headings.pdf").document()
        let passages = try Chunker(options: ChunkingOptions(overlap: 0)).chunks(of: document, title: "Pumps")
        let third = passages.filter { $0.metadata["page"] == 2 }
        #expect(!third.isEmpty)
        #expect(third.allSatisfy { $0.headings == ["Pump handbook", "비상 정지"] && $0.indexText.hasPrefix("Pumps > Pump handbook > 비상 정지\n") })
        #expect(passages.last?.headings == ["Storage"])
    }

    @Test func `the outline of the document goes before the looks of its lines`() async throws {
        let document = try await Sample(fixture: "outline.pdf").document()
        #expect(
            document.sections.map { $0.headings.map { "\($0.level) \($0.title)" } } == [["1 Beginnings"], ["2 The first year"], ["1 Endings & more"]])
    }

    @Test func `a PDF is known by its first bytes`() async throws {
        let bytes = try Sample.bytes(of: "two-pages.pdf")
        #expect(try await Sample(bytes, filename: "noextension").document().sections.count == 2)
    }

    @Test func `a damaged one says so`() async throws {
        let error = try await Sample("%PDF-1.4 not really", filename: "bad.pdf").failure()
        #expect(error?.code == .badRequest)
        #expect(error?.message.hasPrefix("The file is not a valid PDF document") == true)
    }

    @Test func `a locked one says so`() async throws {
        #expect(await Sample(fixture: "locked.pdf").failure()?.message == "The PDF document is protected with a password and cannot be read.")
    }

    @Test func `too many pages are a clear error`() async throws {
        var limits = ExtractionLimits()
        limits.pages = 2
        #expect(await Sample(fixture: "korean.pdf").failure(limits: limits)?.message == "The PDF document has 3 pages; at most 2 are supported.")
    }

    @Test func `a scan is read by character recognition, or says what is missing`() async throws {
        do {
            let document = try await Sample(fixture: "scanned.pdf").document()
            #expect(document.text.contains("4410"))
            #expect(document.sections[0].metadata["page"] == 0)
        } catch let error as AppError {
            #expect(error.message.contains("tesseract"))
        }
        var limits = ExtractionLimits()
        limits.recognizedPages = 0
        let message = await Sample(fixture: "scanned.pdf").failure(limits: limits)?.message
        #expect(message?.hasPrefix("The PDF document has no text, only pictures of its") == true)
    }
}
