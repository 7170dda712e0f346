import Domain
import Extraction
import Testing

/// Documents under another kind's name.
struct DisguisedDocumentTests {
    @Test(arguments: [
        ("hangul.hwpx", "계약서.hwp"), ("hangul.hwp", "계약서.hwpx"), ("report.docx", "report.doc"), ("stock.xlsx", "stock.xls"),
        ("korean.rtf", "letter.doc"), ("two-pages.pdf", "scan.txt"), ("report.docx", "report.xlsx"), ("open.odt", "open.docx"),
        ("korean-utf8.html", "export.xls"), ("korean-utf8.html", "letter.doc"), ("two-pages.pdf", "two.docx"),
    ])
    func `the content says what a document is`(fixture: String, name: String) async throws {
        let plain = try await Sample(fixture: fixture).document()
        #expect(try await Sample(fixture: fixture, as: name).document() == plain)
        #expect(!plain.text.isEmpty)
    }

    @Test func `tables of tabs are often named as Excel's`() async throws {
        let document = try await Sample("품목\t수량\n볼트\t5\n", filename: "재고.xls", contentType: "application/vnd.ms-excel").document()
        #expect(document.text == "품목: 볼트\n수량: 5")
        #expect(document.sections.count == 1)
    }

    @Test(arguments: ["page.txt", "page.md", "page.xml", "page.py"])
    func `markup in a text stays as it is`(name: String) async throws {
        #expect(try await Sample("<html><p>five</p></html>", filename: name).document().text == "<html><p>five</p></html>")
    }

    @Test func `old Office documents are refused as what they are`() async throws {
        let error = await Sample(fixture: "old.doc.docx", as: "old.doc").failure()
        #expect(error?.message == "File type application/msword is not supported for processing")
    }

    @Test func `text named as a document is no document`() async throws {
        for name in ["a.docx", "a.pdf", "a.hwp", "a.xlsx"] {
            #expect(try await Sample("only words", filename: name).failure()?.code == .badRequest)
        }
    }
}
