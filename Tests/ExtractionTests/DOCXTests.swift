import Domain
import Extraction
import Testing

struct DOCXTests {
    @Test func `paragraphs, headings and tables in reading order`() async throws {
        let document = try await Sample(fixture: "report.docx").document()
        let section = try #require(document.sections.first)
        #expect(
            section.text == """
                머리글 대외비

                November heading

                oscar 문단

                tab\there
                next line

                둘째 제목

                품목 | 수량 | 비고
                볼트 | 5
                너트 | 7 | 여러 줄

                한 칸짜리 틀

                마지막 문단

                바닥글 LH-4410
                """)
        #expect(section.headings.map(\.title) == ["November heading", "둘째 제목"])
        #expect(section.headings.map(\.level) == [1, 2])
        #expect(section.tables.count == 1)
        #expect(section.metadata == ["title": "협약서", "author": "김하늘"])
        #expect(!document.hasMarkdownHeadings)
    }

    @Test func `chunks know their heading`() async throws {
        let drafts = try await Chunker().chunks(of: Sample(fixture: "report.docx").document(), title: "report.docx")
        #expect(drafts.last?.headings == ["November heading", "둘째 제목"])
        #expect(drafts.contains { $0.text.contains("볼트 | 5") && $0.text.contains("품목 | 수량") })
    }

    @Test func `it is known by its first bytes`() async throws {
        let bytes = try Sample.bytes(of: "report.docx")
        #expect(try await Sample(bytes, filename: "noextension").document().text.contains("oscar 문단"))
    }

    @Test(arguments: [
        ("junk", "is not a valid Word document"), ("PK\u{3}\u{4}junk", "is not a valid Word document"),
    ])
    func `a damaged one says so`(content: String, message: String) async throws {
        let error = try await Sample(content, filename: "bad.docx").failure()
        #expect(error?.code == .badRequest)
        #expect(error?.message.contains(message) == true)
    }

    @Test(arguments: [
        ("bomb.docx", "unpacks to more than"), ("deep.docx", "nests elements too deeply"), ("entities.docx", "document type declaration"),
        ("external.docx", "document type declaration"),
    ])
    func `hostile ones are refused`(name: String, message: String) async throws {
        let error = await Sample(fixture: name).failure()
        #expect(error?.code == .badRequest)
        #expect(error?.message.contains(message) == true)
    }
}
