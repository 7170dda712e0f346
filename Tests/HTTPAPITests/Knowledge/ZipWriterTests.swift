import Testing

@testable import HTTPAPI

struct ZipWriterTests {
    @Test func `the checksum is the one of the standard`() {
        #expect(ZipWriter.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(ZipWriter.checksum([]) == 0)
    }

    @Test func `an archive has its entries and a directory that points at them`() {
        var zip = ZipWriter()
        let first = zip.entry(name: "한글.txt", Array("hello".utf8))
        let second = zip.entry(name: "b.txt", [])
        let archive = first + second + zip.end()
        #expect(archive.starts(with: [0x50, 0x4B, 3, 4]))
        let end = archive.count - 22
        #expect(Array(archive[end..<(end + 4)]) == [0x50, 0x4B, 5, 6])
        #expect(archive[end + 10] == 2)
        let start = Int(archive[end + 16]) | Int(archive[end + 17]) << 8
        #expect(start == first.count + second.count)
        #expect(Array(archive[start..<(start + 4)]) == [0x50, 0x4B, 1, 2])
    }

    @Test(arguments: [("../../etc/passwd", ".._.._etc_passwd"), ("..", "_"), ("a\\b:c", "a_b_c"), ("", "_"), ("수출.md", "수출.md")])
    func `names cannot leave the folder`(_ name: String, _ safe: String) { #expect(ZipWriter.safe(name) == safe) }

    @Test func `equal names get numbers`() {
        var taken = Set<String>()
        #expect((0..<3).map { _ in ZipWriter.unique("a.txt", &taken) } == ["a.txt", "a (2).txt", "a (3).txt"])
    }
}
