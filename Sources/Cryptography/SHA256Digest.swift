import Crypto
import Domain
import FoundationEssentials

/// SHA-256 over pieces, for content hashes.
package struct SHA256Digest: StreamingDigest {
    private var hash = SHA256()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

    package func hex() -> String {
        hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
