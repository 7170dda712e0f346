import Domain
import Extraction
import Foundation
import Testing
import TestSupport

struct PlainTextTests {
    private static let korean =
        "서울 용산구 보고서. 비상 연락처 코드는 KR-7741 입니다. 담당자는 김하늘 팀장이며 예산은 3억 2천만원이다.\n둘째 줄은 한글 인코딩 시험입니다."

    @Test(arguments: [
        ("plain.txt", "text/plain", "Alpha plain text."), ("mark.md", "text/markdown", "# Bravo\n\nbody *stays* as it is\n"),
        ("data.json", "application/json", #"{"k": "charlie", "n": 5}"#), ("code.py", "text/x-python", "def delta():\n    return 1\n"),
        ("code.swift", "application/octet-stream", "func echo() -> Int { 1 }\n"), ("code.ts", "video/mp2t", "const foxtrot: number = 1\n"),
        ("conf.yaml", "application/yaml", "golf: 1\n"), ("feed.xml", "application/xml", #"<?xml version="1.0"?><r><i>hotel item</i></r>"#),
        ("odd.unknownext", "application/octet-stream", "unknown extension, india"), ("noext", "text/plain", "no extension, juliet"),
        ("a.txt", "text/plain", "tabs\tand\r\nreturns\rstay \n\n"), (".hidden", "", "hidden"), ("x.txt", "", "é"), ("x.txt", "", "한"),
    ])
    func `text is kept as it is`(name: String, type: String, text: String) async throws {
        let document = try await Sample(text, filename: name, contentType: type).document()
        #expect(document.text == text)
        #expect(document.sections.count == 1)
    }

    @Test(arguments: [
        (String.Encoding.utf8, [UInt8]()), (.utf8, [0xEF, 0xBB, 0xBF]), (.utf16LittleEndian, [0xFF, 0xFE]), (.utf16LittleEndian, []),
        (.utf16BigEndian, [0xFE, 0xFF]), (.utf16BigEndian, []), (.utf32LittleEndian, [0xFF, 0xFE, 0, 0]), (.utf32LittleEndian, []),
        (.utf32BigEndian, [0, 0, 0xFE, 0xFF]), (.utf32BigEndian, []),
    ])
    func `Korean comes out of every Unicode encoding`(encoding: String.Encoding, mark: [UInt8]) async throws {
        let bytes = try mark + Array(#require(Self.korean.data(using: encoding)))
        #expect(try await Sample(bytes, filename: "kr.txt").document().text == Self.korean)
        let few = try mark + Array(#require("유니코드 빅".data(using: encoding)))
        #expect(try await Sample(few, filename: "few.txt").document().text == "유니코드 빅")
    }

    /// `Self.korean` and a word outside of KS X 1001, in CP949.
    @Test(arguments: ["euc-kr", "cp949"])
    func `Korean comes out of the old encodings`(name: String) async throws {
        let bytes = try Sample.bytes(of: "korean-\(name).txt")
        let text = try await Sample(bytes, filename: "kr.txt", contentType: "text/plain").document().text
        #expect(text == Self.korean + (name == "cp949" ? "\n똠방각하 펲시콜라 뷁" : ""))
        #expect(try await Sample(bytes.prefix(4), filename: "short.txt").document().text == "서울")
    }

    @Test(arguments: [("EUC-JP", "japanese-euc.txt", "これは日本語の文章です。"), ("WINDOWS-1252", "latin.txt", "Überraschung für Ærø")])
    func `other old encodings are recognised`(name: String, fixture: String, words: String) async throws {
        #expect(try await Sample(fixture: fixture).document().text.contains(words))
    }

    @Test func `a long text passes block by block, whatever its characters`() async throws {
        let text = String(repeating: "가나다 lorem 😀 ", count: 60_000)
        #expect(try await Sample(text, filename: "long.txt").document().text == text)
        let wide = try Array(#require(text.data(using: .utf16LittleEndian)))
        #expect(try await Sample([0xFF, 0xFE] + wide, filename: "long.txt").document().text == text)
    }

    @Test func `a broken character at the end does not hurt`() async throws {
        let document = try await Sample(Array("한글 문서".utf8).dropLast(), filename: "cut.txt").document()
        #expect(document.text == "한글 문\u{FFFD}")
    }

    @Test func `comments in source code are no headings`() async throws {
        #expect(try await Sample("# x", filename: "a.py").document().hasMarkdownHeadings == false)
        #expect(try await Sample("# x", filename: "a.md").document().hasMarkdownHeadings)
        #expect(try await Sample("# x", filename: "a.txt").document().hasMarkdownHeadings)
    }

    @Test func `blanks alone are no error here`() async throws {
        #expect(try await Sample(" \n\n\t ", filename: "ws.txt").document().text == " \n\n\t ")
        #expect(try await Sample("", filename: "none.txt").document().text == "")
    }

    @Test(arguments: [
        ("p.png", "image/png", "File type image/png is not supported for processing"),
        ("p.png", "application/octet-stream", "File type image/png is not supported for processing"),
        ("p", "image/jpeg", "File type image/jpeg is not supported for processing"),
        ("a.mp3", "audio/mpeg", "File type audio/mpeg is not supported for processing"),
        ("a.zip", "application/zip", "File type application/zip is not supported for processing"),
        ("old.doc", "application/msword", "File type application/msword is not supported for processing"),
    ])
    func `kinds without text are refused by name`(name: String, type: String, message: String) async throws {
        let error = try await Sample([1, 2, 3], filename: name, contentType: type).failure()
        #expect(error?.code == .badRequest)
        #expect(error?.message == message)
    }

    @Test func `a picture without a name is recognised`() async throws {
        let error = try await Sample([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0], filename: "unknown").failure()
        #expect(error?.message == "File type image/png is not supported for processing")
    }

    @Test(arguments: ["data.unknownext", "renamed.txt"])
    func `bytes that are no text are not indexed as junk`(name: String) async throws {
        var generator = SeededGenerator(seed: 1)
        let bytes = (0..<5000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(try await Sample([0, 0, 1] + bytes, filename: name).failure()?.message.contains("is not text") == true)
    }
}
