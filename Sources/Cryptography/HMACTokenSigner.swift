import Crypto
package import Domain
import Foundation

/// JSON Web Tokens (RFC 7519) signed with HS256, and nothing else: a token whose header names another algorithm is refused
/// whatever its signature.
///
/// Claims: `id` the account, `jti` the session, `iat` and `exp` in seconds. `exp` may carry a fraction, as some servers write it.
/// The header's `kid` is a fingerprint of the secret; a token without one may have been signed with any known secret.
package struct HMACTokenSigner: TokenSigner {
    private struct Key {
        let id: String
        let key: SymmetricKey

        init(secret: String) {
            key = SymmetricKey(data: Array(secret.utf8))
            let print = HKDF<SHA256>.deriveKey(
                inputKeyMaterial: key, salt: Array("haneul".utf8), info: Array("token key id".utf8), outputByteCount: 8)
            id = print.withUnsafeBytes { Hexadecimal.encode($0) }
        }
    }

    private let header: String
    private let keys: [Key]

    /// - Parameters:
    ///   - secret: signs and verifies. The server's secret as text; its bytes are the key, as in Open WebUI.
    ///   - earlierSecrets: verify only.
    package init(secret: String, earlierSecrets: [String] = []) {
        keys = ([secret] + earlierSecrets).map(Key.init)
        header = Base64URL.encode(JSONValue.object(["alg": "HS256", "typ": "JWT", "kid": .string(keys[0].id)]).jsonBytes)
    }

    package func sign(_ claims: TokenClaims) -> String {
        var payload: JSONObject = ["id": .string(claims.userID)]
        if let expiresAt = claims.expiresAt { payload["exp"] = .int(expiresAt) }
        if let issuedAt = claims.issuedAt { payload["iat"] = .int(issuedAt) }
        if let sessionID = claims.sessionID { payload["jti"] = .string(sessionID) }
        let signed = header + "." + Base64URL.encode(JSONValue.object(payload).jsonBytes)
        return signed + "." + Base64URL.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: keys[0].key)))
    }

    package func verify(_ token: String) -> TokenClaims? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]), header["alg"]?.string == "HS256", header["crit"] == nil,
            let signature = Base64URL.decode(parts[2])
        else { return nil }
        let signed = Array(parts[0].utf8) + [UInt8(ascii: ".")] + Array(parts[1].utf8)
        let keyID = header["kid"]
        guard keyID == nil || keyID?.string != nil else { return nil }
        let candidates = keys.filter { keyID == nil || $0.id == keyID?.string }
        guard candidates.contains(where: { HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: signed, using: $0.key) }),
            let payload = Self.object(parts[1]), let userID = payload["id"]?.string
        else { return nil }
        guard let expiresAt = Self.time(payload["exp"]), let issuedAt = Self.time(payload["iat"]), let notBefore = Self.time(payload["nbf"]),
            (notBefore ?? 0) <= .now()
        else { return nil }
        // Open WebUI signs tokens for other purposes with the same secret.
        guard payload["typ"] == nil || payload["typ"] == "session" else { return nil }
        return TokenClaims(
            userID: userID, sessionID: payload["jti"]?.string, issuedAt: issuedAt, expiresAt: expiresAt, stamp: payload["session_stamp"]?.string)
    }

    private static func object(_ part: Substring) -> JSONObject? {
        Base64URL.decode(part).flatMap { try? JSONValue(parsing: $0, maximumDepth: 8) }?.object
    }

    /// - Returns: `.some(nil)` when the claim is absent, `nil` when it is no time.
    private static func time(_ claim: JSONValue?) -> EpochSeconds?? {
        guard let claim else { return .some(nil) }
        guard let seconds = claim.double, seconds.isFinite, abs(seconds) < 1e15 else { return nil }
        return .some(Int(seconds))
    }
}

/// Base64 with `-` and `_` and without padding (RFC 4648, section 5).
enum Base64URL {
    static func encode(_ bytes: [UInt8]) -> String {
        String(Data(bytes).base64EncodedString().compactMap { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 == "=" ? nil : $0 })
    }

    /// - Returns: `nil` for anything but the one canonical spelling.
    static func decode(_ text: Substring) -> [UInt8]? {
        guard text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=") }) else { return nil }
        var base64 = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let bytes = Data(base64Encoded: base64).map(Array.init), encode(bytes) == text else { return nil }
        return bytes
    }
}
