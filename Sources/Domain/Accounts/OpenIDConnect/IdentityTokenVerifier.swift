/// Checks signatures of identity providers.
package protocol IdentityTokenVerifier: Sendable {
    /// - Parameters:
    ///   - token: a JSON Web Token in compact form.
    ///   - keys: the provider's JSON Web Key Set.
    /// - Returns: the claims of a token signed by one of the keys with RS256 or ES256.
    /// - Throws: `IdentityTokenProblem`.
    func claims(of token: String, keys: JSONValue) async throws -> JSONObject
    /// SHA-256 in base64url, as PKCE wants it (RFC 7636, S256).
    func challenge(for verifier: String) -> String
}

package enum IdentityTokenProblem: Error, Sendable, Hashable {
    /// None of the keys has the token's key id: the provider may have changed them.
    case unknownKey
    /// Anything else: damaged, another algorithm, a wrong signature.
    case refused
}
