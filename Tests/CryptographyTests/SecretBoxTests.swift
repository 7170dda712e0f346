import Domain
import Cryptography
import Testing

struct SecretBoxTests {
    @Test(arguments: ["", "sk-0123456789abcdef", "열쇠 🔑", String(repeating: "x", count: 100_000)])
    func `what was sealed opens again`(text: String) throws {
        let box = SecretBox(secret: "one")
        let sealed = try box.seal(text)
        #expect(try box.open(sealed) == text)
        #expect(sealed.hasPrefix("v1."))
        #expect(try box.seal(text) != sealed)
        #expect(!sealed.contains("sk-"))
    }

    @Test func `after a change of the secret the earlier one still opens`() throws {
        let sealed = try SecretBox(secret: "one").seal("text")
        let rotated = SecretBox(secret: "two", earlierSecrets: ["zero", "one"])
        #expect(try rotated.open(sealed) == "text")
        #expect(rotated.isStale(sealed))
        #expect(!rotated.isStale(try rotated.seal("text")))
        #expect(throws: AppError.self) { try SecretBox(secret: "two").open(sealed) }
    }

    @Test func `a changed byte does not open`() throws {
        let box = SecretBox(secret: "one")
        let sealed = try box.seal("text")
        for index in sealed.indices where sealed[index] != "=" {
            var changed = sealed
            changed.replaceSubrange(index...index, with: sealed[index] == "A" ? "B" : "A")
            #expect(throws: AppError.self) { try box.open(changed) }
        }
    }

    @Test(arguments: ["", "v1", "v1..", "v2.00000000.AAAA", "v1.00000000.AAAA", "v1.x.!!!"])
    func `what was never sealed does not open`(text: String) {
        #expect(throws: AppError.self) { try SecretBox(secret: "one").open(text) }
    }

    @Test func `the digest is SHA-256`() {
        let secrets = SystemSecretSource()
        #expect(secrets.digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(secrets.random(bytes: 16).count == 32)
        #expect(secrets.random(bytes: 16) != secrets.random(bytes: 16))
    }
}
