import Domain
import Cryptography
import Testing

struct Argon2PasswordHasherTests {
    let hasher = Argon2PasswordHasher(width: 1)

    @Test func `a password is right against its own hash and wrong against another's`() async throws {
        let hash = try await hasher.hash("Passw0rd! 김")
        #expect(hash.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(try await hasher.verify("Passw0rd! 김", against: hash) == .right)
        #expect(try await hasher.verify("Passw0rd! 박", against: hash) == .wrong)
        #expect(try await hasher.hash("Passw0rd! 김") != hash)
    }

    @Test(arguments: [
        // The test vector of crypt_blowfish, and hashes of the prefixes that Python, PHP and OpenBSD write.
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("Passw0rd! 김", "$2b$05$abcdefghijklmnopqrstuuCxlPsNnSvLLU5NO.IdhnEDlxxnRojZK"),
        ("Passw0rd! 김", "$2y$05$abcdefghijklmnopqrstuuCxlPsNnSvLLU5NO.IdhnEDlxxnRojZK"),
    ])
    func `bcrypt hashes from elsewhere are accepted and stale`(password: String, hash: String) async throws {
        #expect(try await hasher.verify(password, against: hash) == .rightButStale)
        #expect(try await hasher.verify(password + "x", against: hash) == .wrong)
        #expect(try await hasher.verify(password + "\0", against: hash) == .wrong)
    }

    @Test(arguments: [
        nil, "", "x", "plain text password", "$argon2id$", "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$aGFzaA",
        "$2b$31$abcdefghijklmnopqrstuuCxlPsNnSvLLU5NO.IdhnEDlxxnRojZK", "$2b$05$short", "$1$salt$hash", "*0",
    ])
    func `what is no hash matches nothing`(hash: String?) async throws {
        #expect(try await hasher.verify("x", against: hash) == .wrong)
        #expect(try await hasher.verify("", against: hash) == .wrong)
    }

    @Test func `more than may wait are refused`() async throws {
        let narrow = Argon2PasswordHasher(width: 1, longestQueue: 2)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    do {
                        _ = try await narrow.hash("x")
                        return true
                    } catch {
                        return (error as? AppError)?.code != .unavailable
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.contains(true))
        #expect(outcomes.contains(false))
    }
}
