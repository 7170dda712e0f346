import Domain
import Extraction
import TestSupport
import Testing

/// Documents that are cut off, with bits flipped and bytes mixed: each is read or refused, and nothing crashes.
struct HostileInputTests {
    private static let rounds = 60

    @Test(arguments: [
        "report.docx", "stock.xlsx", "launch.pptx", "open.odt", "open.ods", "open.odp", "book.epub", "hangul.hwpx", "hangul.hwp", "plain.hwp",
        "korean.rtf",
        "mail.eml", "mail-euckr.eml", "korean-utf8.html", "korean-euc-kr.txt",
    ])
    func `damaged documents are read or refused`(name: String) async throws {
        let original = try Sample.bytes(of: name)
        var limits = ExtractionLimits()
        limits.unpackedBytes = 32 << 20
        for round in 0..<Self.rounds {
            var generator = SeededGenerator(seed: UInt64(round))
            var bytes = original
            switch round % 4 {
            case 0: bytes.removeLast(Int.random(in: 1...bytes.count, using: &generator))
            case 1: for _ in 0..<8 { bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
            case 2:
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                for index in place..<min(place + 64, bytes.count) { bytes[index] = UInt8.random(in: 0...255, using: &generator) }
            default:
                let first = Int.random(in: 0..<bytes.count, using: &generator)
                let second = Int.random(in: 0..<bytes.count, using: &generator)
                bytes = Array(bytes[..<first]) + bytes[second...]
            }
            let sample = try Sample(bytes, filename: name)
            do {
                _ = try Chunker().chunks(of: await sample.document(limits: limits), title: name)
            } catch let error as AppError {
                #expect(error.code == .badRequest && !error.message.isEmpty)
            }
        }
    }

    @Test(arguments: ["two-pages.pdf", "korean.pdf"])
    func `damaged PDFs are read or refused`(name: String) async throws {
        let original = try Sample.bytes(of: name)
        var limits = ExtractionLimits()
        limits.recognizedPages = 0
        for round in 0..<8 {
            var generator = SeededGenerator(seed: UInt64(round))
            var bytes = original
            for _ in 0..<20 { bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator) }
            if let error = try await Sample(bytes, filename: name).failure(limits: limits) { #expect(error.code == .badRequest) }
        }
    }

    @Test(arguments: ["html", "rtf", "eml", "hwp", "csv", "txt", "md", "docx", "xlsx", "hwpx", "epub", "odt", ""])
    func `noise is read or refused`(name: String) async throws {
        for round in 0..<20 {
            var generator = SeededGenerator(seed: UInt64(round) &+ 1000)
            let alphabet: [UInt8] = round % 2 == 0 ? Array(0...255) : Array("{}\\<>&;\"'=?,\n\r\t #|%a1가\u{301}".utf8)
            let bytes = (0..<2000).map { _ in alphabet.randomElement(using: &generator)! }
            let sample = try Sample((name == "rtf" ? Array("{\\rtf1".utf8) : []) + bytes, filename: "noise." + name)
            do {
                _ = try Chunker(options: ChunkingOptions(size: 50, overlap: 10, minimum: 5)).chunks(of: await sample.document(), title: "noise")
            } catch let error as AppError {
                #expect(error.code == .badRequest && !error.message.isEmpty)
            }
        }
    }
}
