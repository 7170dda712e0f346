import Crypto
import Domain
import Foundation

/// SHA-256 and the system's random numbers.
package struct SystemSecretSource: SecretSource {
    package init() {}

    package func digest(_ secret: String) -> String { Hexadecimal.encode(SHA256.hash(data: Array(secret.utf8))) }

    package func random(bytes: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return Hexadecimal.encode((0..<bytes).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
}

enum Hexadecimal {
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
