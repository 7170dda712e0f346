package import Domain
import JWTKit

/// ID tokens by JWTKit: RS256 with keys of at least 2048 bits, and ES256. The key is chosen by the token's key id, and its type must
/// be that of the algorithm in the header: a public key is never used as an HMAC secret.
package struct JWTKitTokenVerifier: IdentityTokenVerifier {
    package init() {}

    package func challenge(for verifier: String) -> String { Base64URL.digest(verifier) }

    package func claims(of token: String, keys: JSONValue) async throws -> JSONObject {
        guard token.utf8.count <= 64 << 10 else { throw IdentityTokenProblem.refused }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]), header["crit"] == nil, let algorithm = header["alg"]?.string,
            let type = ["RS256": "RSA", "ES256": "EC"][algorithm], let claims = Self.object(parts[1])
        else { throw IdentityTokenProblem.refused }
        let candidates = (keys["keys"]?.array ?? []).compactMap(\.object).filter { key in
            key["kty"]?.string == type && (key["use"] == nil || key["use"] == "sig") && (key["alg"] == nil || key["alg"]?.string == algorithm)
        }
        let chosen = header["kid"].map { id in candidates.filter { $0["kid"] == id } } ?? candidates
        // Without a key id the key must be plain: trying all of them would let an old one speak.
        guard chosen.count == 1 else { throw chosen.isEmpty ? IdentityTokenProblem.unknownKey : IdentityTokenProblem.refused }
        do {
            let collection = JWTKeyCollection()
            if type == "RSA" { try await Self.add(rsa: chosen[0], to: collection) } else { try await Self.add(elliptic: chosen[0], to: collection) }
            _ = try await collection.verify(token, as: AnyClaims.self)
        } catch {
            throw IdentityTokenProblem.refused
        }
        return claims
    }

    private static func add(rsa key: JSONObject, to collection: JWTKeyCollection) async throws {
        guard let modulus = key["n"]?.string, let exponent = key["e"]?.string,
            let bytes = Base64URL.decode(Substring(modulus)), bytes.drop(while: { $0 == 0 }).count >= 256
        else { throw IdentityTokenProblem.refused }
        await collection.add(rsa: try Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent), digestAlgorithm: .sha256)
    }

    private static func add(elliptic key: JSONObject, to collection: JWTKeyCollection) async throws {
        guard key["crv"] == "P-256", let x = key["x"]?.string, let y = key["y"]?.string else { throw IdentityTokenProblem.refused }
        await collection.add(ecdsa: try ES256PublicKey(parameters: (x, y)))
    }

    private static func object(_ part: Substring) -> JSONObject? {
        Base64URL.decode(part).flatMap { try? JSONValue(parsing: $0, maximumDepth: 16) }?.object
    }
}

/// Claims are read by the house's own parser, after the signature was checked.
private struct AnyClaims: JWTPayload {
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}
