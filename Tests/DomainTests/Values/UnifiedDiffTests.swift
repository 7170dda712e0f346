import Domain
import Testing

struct UnifiedDiffTests {
    /// What `difflib.unified_diff(a.splitlines(), b.splitlines(), "a", "b", lineterm="")` says.
    @Test(
        arguments: [
            ("x", "x", []),
            ("x\n", "x", []),
            ("a\r\nb", "a\nb", []),
            ("", "x", ["--- a", "+++ b", "@@ -0,0 +1 @@", "+x"]),
            ("x", "", ["--- a", "+++ b", "@@ -1 +0,0 @@", "-x"]),
            ("a\nb\nc", "a\nB\nc", ["--- a", "+++ b", "@@ -1,3 +1,3 @@", " a", "-b", "+B", " c"]),
            ("a\nb\nc\nd", "b\nc\nx\ny\nd", ["--- a", "+++ b", "@@ -1,4 +1,5 @@", "-a", " b", " c", "+x", "+y", " d"]),
            (
                "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12", "one\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\ntwelve",
                [
                    "--- a", "+++ b", "@@ -1,4 +1,4 @@", "-1", "+one", " 2", " 3", " 4", "@@ -9,4 +9,4 @@", " 9", " 10", " 11", "-12", "+twelve",
                ]
            ),
        ] as [(String, String, [String])])
    func `texts and what changed`(old: String, new: String, lines: [String]) {
        #expect(UnifiedDiff.lines(from: old, to: new, oldName: "a", newName: "b") == lines)
    }

    @Test func `texts of many lines that have nothing in common are one change`() {
        let (old, new) = ((0..<3000).map { "a\($0)" }, (0..<3000).map { "b\($0)" })
        let lines = UnifiedDiff.lines(from: old.joined(separator: "\n"), to: new.joined(separator: "\n"), oldName: "a", newName: "b")
        #expect(lines == ["--- a", "+++ b", "@@ -1,3000 +1,3000 @@"] + old.map { "-" + $0 } + new.map { "+" + $0 })
    }
}
