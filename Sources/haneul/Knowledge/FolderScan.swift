import Cryptography
import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Lists the files of a folder with their checksums. Remembers the checksum of what did not change in size and time, so that
/// looking again is cheap.
struct FolderScan {
    private let root: String
    private let exclusions: [String]
    /// What the last look found and could not read: paths of files and folders.
    private(set) var unreadable: [String] = []
    private var known: [String: (size: Int, modified: Date, checksum: String)] = [:]

    /// Names that no scan looks into: version control, caches, and everything hidden.
    private static let ignored: Set<String> = ["node_modules", "__pycache__"]

    /// - Parameter exclusions: shell patterns, compared with the path inside the folder and with each name on it.
    /// - Throws: `AppError` when there is no such folder.
    init(root: String, exclusions: [String]) throws {
        var isFolder: ObjCBool = false
        let path = URL(fileURLWithPath: root).resolvingSymlinksInPath().path
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            throw AppError(.badRequest, "\(root) is not a folder.")
        }
        self.root = path
        self.exclusions = exclusions
    }

    /// Regular files in order of their paths. Links are not followed; empty files are left out, for there is nothing to search in them.
    mutating func files() throws -> [LocalFile] {
        var files: [LocalFile] = []
        var seen: [String: (size: Int, modified: Date, checksum: String)] = [:]
        var folders = [""]
        unreadable = []
        while let folder = folders.popLast() {
            let names: [String]
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: root + "/" + folder)
            } catch {
                if folder.isEmpty { throw AppError(.forbidden, "\(root) cannot be read.", cause: error) }
                noteUnreadable(folder)
                continue
            }
            for name in names.sorted() {
                let path = folder.isEmpty ? name : folder + "/" + name
                guard !name.hasPrefix("."), !Self.ignored.contains(name), !isExcluded(path, name) else { continue }
                guard let attributes = try? FileManager.default.attributesOfItem(atPath: root + "/" + path) else {
                    noteUnreadable(path)
                    continue
                }
                switch attributes[.type] as? FileAttributeType {
                case .some(.typeDirectory): folders.append(path)
                case .some(.typeRegular):
                    guard let size = (attributes[.size] as? NSNumber)?.intValue, size > 0 else { continue }
                    let modified = attributes[.modificationDate] as? Date ?? .distantPast
                    let checksum: String
                    if let before = known[path], before.size == size, before.modified == modified {
                        checksum = before.checksum
                    } else {
                        guard let fresh = try? Self.checksum(of: root + "/" + path) else {
                            noteUnreadable(path)
                            continue
                        }
                        checksum = fresh
                    }
                    seen[path] = (size, modified, checksum)
                    files.append(
                        LocalFile(
                            item: FolderComparison.Item(filename: name, path: folder, checksum: checksum), location: root + "/" + path, size: size))
                default: continue
                }
            }
        }
        known = seen
        return files.sorted { ($0.item.path, $0.item.filename) < ($1.item.path, $1.item.filename) }
    }

    /// What is gone meanwhile is as if it had never been there; what is there and keeps itself closed is not.
    private mutating func noteUnreadable(_ path: String) {
        let isThere = faccessat(AT_FDCWD, root + "/" + path, F_OK, AT_SYMLINK_NOFOLLOW) == 0
        if isThere || errno != ENOENT { unreadable.append(path) }
    }

    private func isExcluded(_ path: String, _ name: String) -> Bool {
        exclusions.contains { fnmatch($0, path, 0) == 0 || fnmatch($0, name, 0) == 0 }
    }

    private static func checksum(of path: String) throws -> String {
        guard let file = FileHandle(forReadingAtPath: path) else { throw AppError(.notFound, "\(path) cannot be read.") }
        defer { try? file.close() }
        var digest = SHA256Digest()
        while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty { piece.withUnsafeBytes { digest.update($0) } }
        return digest.hex()
    }
}
