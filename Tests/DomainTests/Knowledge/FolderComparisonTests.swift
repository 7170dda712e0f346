import Domain
import Testing

struct FolderComparisonTests {
    private func directory(_ id: String, _ name: String, in parent: String? = nil) -> KnowledgeDirectory {
        KnowledgeDirectory(id: id, knowledgeID: "k", parentID: parent, name: name, userID: "u")
    }

    private func item(_ path: String, _ name: String, _ checksum: String) -> FolderComparison.Item {
        FolderComparison.Item(filename: name, path: path, checksum: checksum)
    }

    private func member(_ id: String, _ item: FolderComparison.Item, failed: Bool = false) -> FolderComparison.Member {
        FolderComparison.Member(fileID: id, item: item, isFailed: failed)
    }

    @Test func `a folder is compared by path, name and checksum`() {
        let tree = DirectoryTree([directory("d1", "old"), directory("d2", "sub"), directory("d3", "deep", in: "d2")])
        let difference = FolderComparison(
            folder: [item("", "same.txt", "1"), item("sub", "changed.txt", "2"), item("sub/new/er", "added.txt", "3"), item("", "failed.txt", "4")],
            members: [
                member("f1", item("", "same.txt", "1")), member("f2", item("sub", "changed.txt", "9")), member("f3", item("old", "gone.txt", "5")),
                member("f4", item("", "failed.txt", "4"), failed: true), member("f5", item("", "same.txt", "1")),
            ], tree: tree)
        #expect(difference.added.map(\.filename) == ["added.txt"])
        #expect(difference.modified.map(\.staleFileID) == ["f2", "f4"])
        #expect(difference.deleted.map(\.fileID).sorted() == ["f3", "f5"])
        #expect(difference.unmodified == 1)
        #expect(difference.directoriesToMake == ["sub/new", "sub/new/er"])
        #expect(difference.directoriesToRemove == ["d3", "d1"])
    }

    @Test func `the path of a directory leads through its parents`() {
        let tree = DirectoryTree([directory("a", "guides"), directory("b", "setup", in: "a")])
        #expect(tree.paths == ["a": "guides", "b": "guides/setup"])
        #expect(tree.breadcrumbs(to: "b").map(\.id) == ["a", "b"])
        #expect(tree.children(of: nil).map(\.id) == ["a"])
    }

    @Test(arguments: [("notes", true), ("한글 폴더", true), ("", false), ("..", false), ("a/b", false), ("a\nb", false)])
    func `a directory name is one path component`(_ name: String, _ isName: Bool) {
        #expect(KnowledgeLibrary.isDirectoryName(name) == isName)
    }
}
