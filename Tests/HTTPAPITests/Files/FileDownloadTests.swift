import Domain
import HTTPTypes
import Testing

@testable import HTTPAPI

struct FileDownloadTests {
    @Test(arguments: [
        (nil, ByteRange.whole), ("bytes=0-4", .part(0...4)), ("bytes=5-", .part(5...9)), ("bytes=-3", .part(7...9)), ("bytes=8-99", .part(8...9)),
        ("bytes=-99", .part(0...9)), ("bytes=10-", .unsatisfiable), ("bytes=-0", .unsatisfiable), ("bytes=4-2", .whole), ("bytes=0-1,3-4", .whole),
        ("items=0-1", .whole), ("bytes=", .whole), ("bytes=-", .whole), ("bytes=a-b", .whole), ("bytes=1--2", .whole), ("bytes=+1-2", .whole),
        ("bytes=99999999999999999999-", .unsatisfiable), ("bytes=0-99999999999999999999", .part(0...9)),
    ])
    func `ranges of ten bytes`(_ header: String?, _ range: ByteRange) {
        #expect(ByteRange.parse(header, size: 10) == range)
    }

    @Test func `an empty file has no range`() {
        #expect(ByteRange.parse("bytes=0-", size: 0) == .unsatisfiable)
        #expect(ByteRange.parse("bytes=-1", size: 0) == .unsatisfiable)
    }

    @Test(arguments: [
        ("a.txt", "text/plain", nil), ("a.html", "text/html", "attachment"), ("a.svg", "image/svg+xml", "attachment"),
        ("a.pdf", "application/octet-stream", "inline"), ("a", "application/pdf", "inline"), ("a.html", "text/plain", nil),
        ("a.txt", "text/plain; charset=x\r\nX-Evil: 1", nil), ("a.html", "TEXT/HTML", "attachment"),
        ("a.xhtml", "application/xhtml+xml", "attachment"),
    ])
    func `nothing that could run is shown`(_ name: String, _ type: String, _ disposition: String?) {
        let headers = FileDownload(file: file(name, type), presentation: .byKind).headers
        #expect(headers[.xContentTypeOptions] == "nosniff")
        #expect(headers[.contentDisposition]?.prefix { $0 != ";" } == disposition.map { $0[...] })
        #expect(headers[.contentType]?.contains("\r") == false)
        if disposition != "inline" { #expect(headers[.contentSecurityPolicy]?.contains("sandbox") == true) }
    }

    @Test func `a page is in a sandbox without scripts`() {
        let headers = FileDownload(file: file("a.html", "text/html"), presentation: .page).headers
        #expect(headers[.contentType] == "text/html; charset=utf-8")
        #expect(headers[.contentSecurityPolicy]?.hasPrefix("sandbox; default-src 'none'") == true)
    }

    @Test func `names of attachments are encoded`() {
        let headers = FileDownload(file: file("a \"b\"\r\n관.txt", "text/plain"), presentation: .attachment).headers
        #expect(headers[.contentDisposition] == "attachment; filename*=UTF-8''a%20%22b%22%0D%0A%EA%B4%80.txt")
    }

    @Test(arguments: [("../../etc/evil.txt", "evil.txt"), ("a\\b.txt", "a\\b.txt"), ("..", "file"), ("dir/", "file"), ("a\u{0}b\n.txt", "ab.txt")])
    func `base names`(_ sent: String, _ kept: String) throws {
        #expect(try FileUpload.baseName(sent) == kept)
    }

    @Test func `a name that is too long is refused`() {
        #expect(throws: AppError.self) { try FileUpload.baseName(String(repeating: "가", count: 1001)) }
    }

    private func file(_ name: String, _ type: String) -> File {
        File(userID: "u", filename: name, contentType: type, size: 1, fileHash: "", state: .raw)
    }
}
