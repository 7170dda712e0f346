import NIOCore
import _NIOFileSystem

/// Where the page's files come from.
package protocol PageSource: Sendable {
    /// Changes whenever a file changes. It stands in the addresses of all files but the first, so that browsers may keep them for ever.
    var revision: String { get async }
    /// Whether `revision` can be trusted; where it cannot, browsers ask each time.
    var isImmutable: Bool { get }
    /// - Parameter path: relative, with `/` between components; none of them is empty or begins with a dot.
    /// - Returns: `nil` when there is no such file.
    func file(_ path: String) async -> PageFile?
}

/// Files that are held in memory from the start.
package struct HeldPage: PageSource {
    package let revision: String
    package let isImmutable = true
    private let files: [String: PageFile]

    package init(_ files: [String: PageFile]) {
        self.files = files
        var fingerprint = Fingerprint()
        for (path, file) in files.sorted(by: { $0.key < $1.key }) {
            fingerprint.add(path.utf8)
            fingerprint.add(file.fingerprint.utf8)
        }
        revision = fingerprint.text
    }

    package func file(_ path: String) -> PageFile? { files[path] }
}

/// Files that are made ready beside the start of the server; whoever asks earlier waits for them.
package struct PreparedPage: PageSource {
    package let isImmutable = true
    private let page: Task<HeldPage, Never>

    package init(_ prepare: @escaping @Sendable () -> HeldPage) { page = Task.detached(operation: prepare) }

    package var revision: String { get async { await page.value.revision } }

    package func file(_ path: String) async -> PageFile? { await page.value.file(path) }
}

/// Files of a folder, read anew for each request: for working on the page.
package struct FolderPage: PageSource {
    package let revision = "dev"
    package let isImmutable = false
    private let folder: String
    private let fallback: any PageSource

    /// - Parameter fallback: has what the folder has not.
    package init(folder: String, fallback: any PageSource) {
        self.folder = folder
        self.fallback = fallback
    }

    package func file(_ path: String) async -> PageFile? {
        guard let bytes = try? await ByteBuffer(contentsOf: FilePath(folder + "/" + path), maximumSizeAllowed: .mebibytes(16)) else {
            return await fallback.file(path)
        }
        return PageFile(bytes: Array(buffer: bytes))
    }
}

/// 128 bits that tell contents apart (FNV-1a, twice). No protection against people who want them to collide.
struct Fingerprint {
    private var low: UInt64 = 0xCBF2_9CE4_8422_2325
    private var high: UInt64 = 0x6C62_272E_07BB_0142

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            low = (low ^ UInt64(byte)) &* 0x100_0000_01B3
            high = (high &+ UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15
        }
        // Parts that are joined differently differ.
        low = (low ^ 0x1FF) &* 0x100_0000_01B3
    }

    var text: String { String(low ^ (high >> 7), radix: 36) }
}
