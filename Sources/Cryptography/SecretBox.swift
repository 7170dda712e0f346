import Crypto
import Domain
import Foundation

/// Seals small secrets for storage: AES-256-GCM under a key derived from the server's secret (HKDF-SHA256).
///
/// Form: `v1.<key id>.<base64 of nonce, ciphertext and tag>`. The key id is a fingerprint of the derived key, so that
/// after a change of the server's secret the old one, given as an earlier secret, still opens what it sealed.
package struct SecretBox: SecretSealer {
    private struct Key {
        let id: String
        let key: SymmetricKey

        init(secret: String) {
            let input = SymmetricKey(data: Array(secret.utf8))
            key = HKDF<SHA256>.deriveKey(
                inputKeyMaterial: input, salt: Array("haneul".utf8), info: Array("secret-box v1".utf8), outputByteCount: 32)
            let print = HKDF<SHA256>.deriveKey(
                inputKeyMaterial: input, salt: Array("haneul".utf8), info: Array("secret-box key id".utf8), outputByteCount: 4)
            id = print.withUnsafeBytes { Hexadecimal.encode($0) }
        }
    }

    private let keys: [Key]

    /// - Parameters:
    ///   - secret: seals and opens.
    ///   - earlierSecrets: open only.
    package init(secret: String, earlierSecrets: [String] = []) {
        keys = ([secret] + earlierSecrets).map(Key.init)
    }

    package func seal(_ text: String) throws -> String {
        let box = try AES.GCM.seal(Array(text.utf8), using: keys[0].key, authenticating: Array(keys[0].id.utf8))
        guard let combined = box.combined else { throw AppError.internalError }
        return "v1.\(keys[0].id).\(combined.base64EncodedString())"
    }

    package func open(_ sealed: String) throws -> String {
        let parts = sealed.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "v1", let data = Data(base64Encoded: String(parts[2])),
            // Base64 has bits that mean nothing; sealed text has one spelling only.
            data.base64EncodedString() == parts[2]
        else {
            throw AppError(.internalError, "A stored secret is damaged.")
        }
        guard let key = keys.first(where: { $0.id == parts[1] }) else {
            throw AppError(.internalError, "A stored secret was sealed with another server secret.")
        }
        do {
            let bytes = try AES.GCM.open(AES.GCM.SealedBox(combined: data), using: key.key, authenticating: Array(key.id.utf8))
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            throw AppError(.internalError, "A stored secret is damaged.", cause: error)
        }
    }

    /// Whether a sealed text should be sealed anew because an earlier secret sealed it.
    package func isStale(_ sealed: String) -> Bool { !sealed.hasPrefix("v1.\(keys[0].id).") }
}
