/// The directories of one knowledge base by path.
package struct DirectoryTree: Sendable {
    private let byID: [String: KnowledgeDirectory]
    /// `guides/setup` for each directory id.
    package let paths: [String: String]
    /// The directory id of each path.
    package let ids: [String: String]

    package init(_ directories: [KnowledgeDirectory]) {
        let byID = Dictionary(uniqueKeysWithValues: directories.map { ($0.id, $0) })
        self.byID = byID
        var paths: [String: String] = [:]
        for directory in directories { paths[directory.id] = Self.chain(directory, byID).map(\.name).joined(separator: "/") }
        self.paths = paths
        ids = Dictionary(paths.map { ($1, $0) }) { first, _ in first }
    }

    /// From the top down to the directory itself.
    private static func chain(_ directory: KnowledgeDirectory, _ byID: [String: KnowledgeDirectory]) -> [KnowledgeDirectory] {
        var chain = [directory]
        // The depth is bounded so that a cycle (which no write makes) could not hang a request.
        while let parent = chain[0].parentID.flatMap({ byID[$0] }), chain.count < 256 { chain.insert(parent, at: 0) }
        return chain
    }

    package func breadcrumbs(to id: String?) -> [KnowledgeDirectory] { id.flatMap { byID[$0] }.map { Self.chain($0, byID) } ?? [] }

    package func children(of id: String?) -> [KnowledgeDirectory] { byID.values.filter { $0.parentID == id }.sorted { $0.name < $1.name } }
}

/// What must be done so that a knowledge base holds exactly the files of a folder.
package struct FolderComparison: Sendable {
    /// A file of the folder.
    package struct Item: Sendable, Hashable {
        package var filename: String
        /// Of its directory, `""` at the top.
        package var path: String
        package var checksum: String

        package init(filename: String, path: String, checksum: String) {
            self.filename = filename
            self.path = path
            self.checksum = checksum
        }
    }

    /// A file of the knowledge base.
    package struct Member: Sendable {
        package var fileID: String
        package var item: Item
        /// Files whose processing failed are brought again.
        package var isFailed: Bool

        package init(fileID: String, item: Item, isFailed: Bool) {
            self.fileID = fileID
            self.item = item
            self.isFailed = isFailed
        }
    }

    package private(set) var added: [Item] = []
    package private(set) var modified: [(item: Item, staleFileID: String)] = []
    package private(set) var deleted: [Member] = []
    package private(set) var unmodified = 0
    /// Paths, parents first.
    package private(set) var directoriesToMake: [String] = []
    /// Ids, children first.
    package private(set) var directoriesToRemove: [String] = []

    package init(folder: [Item], members: [Member], tree: DirectoryTree) {
        var known: [String: [Member]] = [:]
        for member in members { known["\(member.item.path)/\(member.item.filename)", default: []].append(member) }
        var wanted = Set<String>()
        for item in folder {
            var path = item.path
            while !path.isEmpty, wanted.insert(path).inserted {
                path = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
            }
            var there = known.removeValue(forKey: "\(item.path)/\(item.filename)") ?? []
            if let same = there.firstIndex(where: { $0.item.checksum == item.checksum && !$0.isFailed }) {
                there.remove(at: same)
                unmodified += 1
            } else if !there.isEmpty {
                modified.append((item, there.removeFirst().fileID))
            } else {
                added.append(item)
            }
            // The same name twice in one directory: one of them is too much.
            deleted += there
        }
        deleted += known.values.flatMap(\.self).sorted { $0.fileID < $1.fileID }
        directoriesToMake = wanted.filter { tree.ids[$0] == nil }.sorted()
        directoriesToRemove = tree.ids.filter { !wanted.contains($0.key) }.sorted { $0.key > $1.key }.map(\.value)
    }
}
