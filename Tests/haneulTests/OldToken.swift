import Cryptography
import Domain
import Foundation

/// Tokens as another program signs them: any claims under any secret.
enum OldToken {
    static func sign(_ claims: String, secret: String, header: String = #"{"alg":"HS256","typ":"JWT"}"#) -> String {
        let signed = encode(Array(header.utf8)) + "." + encode(Array(claims.utf8))
        return signed + "." + encode(hmac(Array(signed.utf8), key: Array(secret.utf8)))
    }

    static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_").replacingOccurrences(
            of: "=", with: "")
    }

    /// HMAC-SHA256 (RFC 2104) over this project's own SHA-256.
    private static func hmac(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        let block = key + Array(repeating: 0, count: 64 - key.count)
        return digest(block.map { $0 ^ 0x5C } + digest(block.map { $0 ^ 0x36 } + message))
    }

    private static func digest(_ bytes: [UInt8]) -> [UInt8] {
        var digest = SHA256Digest()
        bytes.withUnsafeBytes { digest.update($0) }
        let hex = Array(digest.hex())
        return stride(from: 0, to: hex.count, by: 2).map { UInt8(String(hex[$0...$0 + 1]), radix: 16)! }
    }
}
