import Domain
import Extraction
import Foundation
import Testing

struct OfficeTests {
    @Test func `a workbook gives a section for each sheet, values as people see them`() async throws {
        let document = try await Sample(fixture: "stock.xlsx").document()
        #expect(
            document.sections.map(\.text) == [
                """
                Sheet: First
                item | qty | price | date | share
                quebec | 41 | 1,234,567.50 | 2026-11-22 | 12.5%
                won | ₩3,200,000 |  | 2026년 1월 2일 13:05 | TRUE
                """,
                "Sheet: 둘째\n열\nromeo",
            ])
        #expect(document.sections.map { $0.metadata["sheet"] } == ["First", "둘째"])
        #expect(document.sections[0].tables == [.init(offset: 13, headerEnd: 46, end: document.sections[0].text.unicodeScalars.count)])
    }

    @Test func `a presentation gives a section for each slide, with notes and tables`() async throws {
        let document = try await Sample(fixture: "launch.pptx").document()
        #expect(
            document.sections.map(\.text) == [
                "Slide 1:\nSierra\ntango body\n\nNotes: 발표자 메모 하나", "Slide 2:\n둘째 제목\nuniform\n둘째 줄\n\n품목 | 수량\n볼트 | 5",
            ])
        #expect(document.sections.map { $0.metadata["slide"] } == [1, 2])
        let drafts = try Chunker().chunks(of: document, title: "launch.pptx")
        #expect(drafts.map(\.headings) == [["Sierra"], ["둘째 제목"]])
    }

    @Test func `an OpenDocument text`() async throws {
        let document = try await Sample(fixture: "open.odt").document()
        #expect(document.text == "첫 제목\n\nzulu text  뒤\n새 줄\n\n이름 | 값\n볼트 | 5")
        #expect(document.sections[0].headings.map(\.title) == ["첫 제목"])
        #expect(document.sections[0].metadata["title"] == "열린 문서")
    }

    @Test func `an OpenDocument spreadsheet, without its million blank cells`() async throws {
        let document = try await Sample(fixture: "open.ods").document()
        #expect(document.sections.map(\.text) == ["Sheet: 재고\n품목 | 수량\n볼트 | 5", "Sheet: B\nx"])
    }

    @Test func `an OpenDocument presentation`() async throws {
        #expect(try await Sample(fixture: "open.odp").document().sections.map(\.text) == ["Slide 1:\n첫 장 글", "Slide 2:\n둘째 장 글"])
    }

    @Test func `a book in its reading order`() async throws {
        let document = try await Sample(fixture: "book.epub").document()
        #expect(document.sections.map(\.text) == ["Chapter one\n\nyankee text", "둘째 장\n\n한글 본문"])
        #expect(document.sections.allSatisfy { $0.metadata["title"] == "작은 책" && $0.metadata["author"] == "글쓴이" })
    }

    @Test func `rich text with Korean code pages, Unicode and a table`() async throws {
        let document = try await Sample(fixture: "korean.rtf").document()
        #expect(document.text == "한글 문단\n가😀 bold {brace}\n\na | b\n1 | 2\nlast")
        #expect(document.sections[0].metadata["title"] == "Title")
    }

    @Test func `a mail with its headers, its text and the names of attachments`() async throws {
        let document = try await Sample(fixture: "mail.eml").document()
        #expect(
            document.text == """
                Subject: 회의 안내: 누리샘 개발 일정과 보일러 점검 그리고 아주 긴 제목이 여러 줄로 나뉘는 경우
                From: 김하늘 <kim@example.com>
                To: team@example.com
                Date: Sun, 22 Nov 2026 10:00:00 +0900

                본문입니다. 코드 KR-7741.
                둘째 줄
                Attachment: 첨부 파일.bin
                """)
        #expect(try await Sample(fixture: "mail-euckr.eml").document().text == "Subject: 제목\n\n한글 text")
    }

    @Test func `attachments of a mail are read as the files that they are`() async throws {
        func part(_ name: String, _ type: String, _ bytes: [UInt8]) -> String {
            "--b\r\nContent-Type: \(type); name=\"\(name)\"\r\nContent-Disposition: attachment; filename=\"\(name)\"\r\n"
                + "Content-Transfer-Encoding: base64\r\n\r\n\(Data(bytes).base64EncodedString(options: .lineLength76Characters))\r\n"
        }
        func mail(_ parts: [String]) -> String {
            "Subject: Papers\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
                + "Content-Type: text/plain\r\n\r\nSee below.\r\n\(parts.joined())--b--\r\n"
        }
        let korean = "비상 연락처 KR-7741"
        let message = mail([
            part("report.docx", "application/octet-stream", try Sample.bytes(of: "report.docx")), part("photo.png", "image/png", [1, 2, 3]),
            part("broken.pdf", "application/pdf", Array("%PDF-1.4 nothing".utf8)), part("notes.txt", "text/plain", Array(korean.utf8)),
            part("inner.eml", "application/octet-stream", Array(mail([part("deep.txt", "text/plain", Array("deep words".utf8))]).utf8)),
        ])
        let document = try await Sample(message, filename: "papers.eml").document()
        #expect(
            document.sections[0].text.hasSuffix(
                "See below.\nAttachment: report.docx\nAttachment: photo.png\nAttachment: broken.pdf\nAttachment: notes.txt\nAttachment: inner.eml"))
        #expect(document.sections.map { $0.metadata["attachment"]?.string } == [nil, "report.docx", "notes.txt", "inner.eml", "inner.eml"])
        #expect(try await document.sections[1].text == Sample(fixture: "report.docx").document().text)
        #expect(document.sections[2].text == korean)
        #expect(document.sections[4].text == "deep words")
        #expect(document.sections.allSatisfy { $0.metadata["title"]?.string == "Papers" })
    }

    @Test(arguments: ["hangul.hwpx", "hangul.hwp"])
    func `Hangul documents, old and new`(name: String) async throws {
        let document = try await Sample(fixture: name).document()
        let first = try #require(document.sections.first)
        #expect(first.text.filter { $0 != "\t" } == "첫 제목\n본문" + (name.hasSuffix("x") ? "한 줄" : "") + "\n다음 줄\n표 앞\n\n품목 | 수량\n볼트 | 5\n끝 KR-7741")
        #expect(first.headings.map(\.title) == ["첫 제목"])
        if name.hasSuffix("x") {
            #expect(document.sections.map(\.text).last == "둘째 구역")
            #expect(first.metadata["title"] == "한글 문서")
        }
    }

    @Test func `a Hangul document without compression and with a long record`() async throws {
        #expect(try await Sample(fixture: "plain.hwp").document().text.contains("아주 긴 문단 아주 긴 문단"))
    }

    @Test(arguments: [
        ("locked.hwp", "protected with a password"), ("locked.docx", "protected with a password"), ("old.doc.docx", "old binary format"),
    ])
    func `locked and old ones say so`(name: String, message: String) async {
        let error = await Sample(fixture: name).failure()
        #expect(error?.code == .badRequest)
        #expect(error?.message.contains(message) == true)
    }

    @Test(arguments: ["xlsx", "pptx", "odt", "epub", "hwpx", "hwp", "rtf", "docx"])
    func `junk is no document`(name: String) async throws {
        let error = try await Sample("junk", filename: "bad." + name).failure()
        #expect(error?.code == .badRequest)
        #expect(error?.message.hasPrefix("The file is not a valid") == true)
    }

    @Test(arguments: [
        "report.docx", "stock.xlsx", "launch.pptx", "open.odt", "open.ods", "open.odp", "book.epub", "hangul.hwpx", "hangul.hwp", "korean.rtf",
    ])
    func `every kind is known without its name`(name: String) async throws {
        let bytes = try Sample.bytes(of: name)
        let named = try await Sample(fixture: name).document()
        #expect(try await Sample(bytes, filename: "noextension").document() == named)
    }

    @Test func `too much text is refused`() async throws {
        var limits = ExtractionLimits()
        limits.characters = 10
        for name in [
            "report.docx", "stock.xlsx", "launch.pptx", "open.odt", "book.epub", "hangul.hwpx", "hangul.hwp", "korean.rtf", "mail.eml",
            "two-pages.pdf",
        ] {
            #expect(await Sample(fixture: name).failure(limits: limits)?.message == "The file contains too much text and was not read.", "\(name)")
        }
    }

    @Test func `an archive of too many parts is refused`() async {
        var limits = ExtractionLimits()
        limits.entries = 3
        #expect(await Sample(fixture: "stock.xlsx").failure(limits: limits)?.message == "The file contains too many parts and was not read.")
    }
}
