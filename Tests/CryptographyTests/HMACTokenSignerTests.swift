import Domain
import Cryptography
import Testing

struct HMACTokenSignerTests {
    let signer = HMACTokenSigner(secret: "s3cr3t")

    @Test func `a token says what was signed`() {
        let claims = TokenClaims(userID: "u1", sessionID: "j1", issuedAt: 1_700_000_000, expiresAt: 1_700_000_060)
        let token = signer.sign(claims)
        #expect(token.split(separator: ".").count == 3)
        #expect(signer.verify(token) == claims)
    }

    @Test func `never expiring is said by no exp`() {
        let claims = TokenClaims(userID: "u1", sessionID: nil, issuedAt: nil, expiresAt: nil)
        #expect(signer.verify(signer.sign(claims)) == claims)
    }

    @Test func `a token made by Python's hmac is read, fraction and all`() {
        let token =
            "eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCJ9.eyJpZCI6ICJ1MSIsICJleHAiOiA0MTAyNDQ0ODAwLjUsICJpYXQiOiAxNzAwMDAwMDAwLCAianRpIjogImoxIn0.IKCHWioPr-Q1ZBdDwLwY3xZpQpcPujGCMrQI6Ih1Ono"
        #expect(signer.verify(token) == TokenClaims(userID: "u1", sessionID: "j1", issuedAt: 1_700_000_000, expiresAt: 4_102_444_800))
    }

    /// All signed with the right secret by Python's hmac.
    @Test(arguments: [
        ("HS512", "eyJhbGciOiAiSFM1MTIiLCAidHlwIjogIkpXVCJ9.eyJpZCI6ICJ1MSJ9.x4A25MpDsASEy_NuDxPaSroBUSf5hcyISqWl5I9mb2Q"),
        ("none", "eyJhbGciOiAibm9uZSJ9.eyJpZCI6ICJ1MSJ9.L8Egboc_yDgZI5llU56ekbd9-7BE_gB15O1asYQCCcA"),
        ("no id", "eyJhbGciOiAiSFMyNTYifQ.eyJzdWIiOiAidTEifQ.C_zrYWA7SVwG3f3VFqS4o5P0N98e-3dekYhgsEX0bPA"),
        ("crit", "eyJhbGciOiAiSFMyNTYiLCAiY3JpdCI6IFsieCJdfQ.eyJpZCI6ICJ1MSJ9.9geGkCiPXejAr9me4ILLNp9N56GKkqfRZOYZrmETn6s"),
    ])
    func `a good signature does not save a token that is not ours`(name: String, token: String) {
        #expect(signer.verify(token) == nil)
    }

    @Test func `nothing but the exact token verifies`() {
        let token = signer.sign(TokenClaims(userID: "u1", sessionID: "j1", issuedAt: 1, expiresAt: nil))
        let parts = token.split(separator: ".").map(String.init)
        let other = HMACTokenSigner(secret: "other").sign(TokenClaims(userID: "u1", sessionID: "j1", issuedAt: 1, expiresAt: nil))
        for wrong in [
            "", ".", "..", "a.b.c", parts[0] + "." + parts[1] + ".", parts[0] + "." + parts[1], token + "=", token + ".", " " + token,
            parts[0] + "." + parts[1].dropLast() + "A." + parts[2], parts[1] + "." + parts[0] + "." + parts[2], other,
            "eyJhbGciOiJub25lIn0." + parts[1] + ".", "eyJhbGciOiJub25lIn0." + parts[1] + "." + parts[2],
        ] {
            #expect(signer.verify(wrong) == nil, "\(wrong)")
        }
    }

    @Test func `the last character of a signature has one spelling only`() {
        // 32 bytes are 43 characters of which the last carries two bits that decoders ignore.
        let token = signer.sign(TokenClaims(userID: "u1", sessionID: nil, issuedAt: nil, expiresAt: nil))
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        let accepted = alphabet.filter { signer.verify(token.dropLast() + String($0)) != nil }
        #expect(accepted.count == 1)
    }

    @Test func `earlier secrets verify and do not sign`() {
        let claims = TokenClaims(userID: "u1", sessionID: "j1", issuedAt: 1, expiresAt: nil)
        let old = HMACTokenSigner(secret: "old").sign(claims)
        let rotated = HMACTokenSigner(secret: "new", earlierSecrets: ["old"])
        #expect(rotated.verify(old) == claims)
        #expect(rotated.verify(HMACTokenSigner(secret: "other").sign(claims)) == nil)
        #expect(HMACTokenSigner(secret: "old").verify(rotated.sign(claims)) == nil)
        // One without a key id, as other programs write it, is tried with every secret.
        #expect(HMACTokenSigner(secret: "new", earlierSecrets: ["s3cr3t"]).verify(Self.python) != nil)
        #expect(HMACTokenSigner(secret: "new").verify(Self.python) == nil)
    }

    private static let python =
        "eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCJ9.eyJpZCI6ICJ1MSIsICJleHAiOiA0MTAyNDQ0ODAwLjUsICJpYXQiOiAxNzAwMDAwMDAwLCAianRpIjogImoxIn0.IKCHWioPr-Q1ZBdDwLwY3xZpQpcPujGCMrQI6Ih1Ono"
}
