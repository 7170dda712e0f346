/// A digest of bytes that come in pieces.
package protocol StreamingDigest: Sendable {
    mutating func update(_ bytes: UnsafeRawBufferPointer)
    /// Lower-case hexadecimal.
    func hex() -> String
}

extension StreamingDigest {
    package mutating func update(_ text: String) {
        var text = text
        text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }
}

/// Makes SHA-256 digests; the implementation is chosen where the server is put together.
package typealias DigestMaker = @Sendable () -> any StreamingDigest
