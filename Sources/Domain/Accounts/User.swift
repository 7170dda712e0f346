/// An account. Its password is not part of it: hashes never leave the store but for checking.
package struct User: Sendable {
    package static let defaultImageURL = "/user.png"

    package var id: String
    /// In lower case; unique.
    package var email: String
    package var username: String?
    package var role: Role
    package var name: String
    /// `/user.png`, a `data:image/...;base64` or an `http(s)` address. Never fetched by the server.
    package var profileImageURL: String
    package var bio: String?
    package var gender: String?
    package var dateOfBirth: String?
    package var timezone: String?
    package var status: Status
    /// What the page keeps for the account, opaque to the server; `nil` until something was kept.
    package var settings: JSONObject?
    package var info: JSONObject?
    /// Text snippets of the account's own, by name.
    package var variables: JSONObject?
    /// Identity provider's name to the subject's id there.
    package var oauth: JSONObject?
    package var lastActiveAt: EpochSeconds
    package var updatedAt: EpochSeconds
    package var createdAt: EpochSeconds

    /// What the person says of themselves at the moment.
    package struct Status: Sendable, Hashable {
        package var emoji: String?
        package var message: String?
        package var expiresAt: EpochSeconds?

        package init(emoji: String? = nil, message: String? = nil, expiresAt: EpochSeconds? = nil) {
            self.emoji = emoji
            self.message = message
            self.expiresAt = expiresAt
        }
    }

    package init(
        id: String = makeID(), email: String, name: String, role: Role, profileImageURL: String = User.defaultImageURL,
        createdAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.email = email.lowercased()
        self.name = name
        self.role = role
        self.profileImageURL = profileImageURL
        status = Status()
        lastActiveAt = createdAt
        updatedAt = createdAt
        self.createdAt = createdAt
    }

    /// How long after the last request an account still counts as active, in seconds.
    package static let activeSeconds = 180

    package func isActive(at now: EpochSeconds = .now()) -> Bool { lastActiveAt >= now - Self.activeSeconds }
}

/// Checks on what people write about themselves.
package enum UserRule {
    /// Enough of the grammar to catch what cannot be an address: one `@`, no white space, a dot or `localhost` behind it.
    package static func isEmail(_ text: String) -> Bool {
        guard text.utf8.count <= 254, !text.unicodeScalars.contains(where: { $0.properties.isWhitespace || $0.value < 0x20 }) else { return false }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return false }
        if parts[1] == "localhost" { return true }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2 && labels.allSatisfy { !$0.isEmpty }
    }

    /// The longest picture that is kept inside an account, in bytes of its `data:` address.
    package static let longestImage = 2 << 20

    /// Only what a page can show without running anything: `javascript:` and SVG are refused.
    package static func isImageURL(_ text: String) -> Bool {
        guard text.utf8.count <= longestImage, !text.unicodeScalars.contains(where: { $0.value <= 0x20 || "\"'<>".unicodeScalars.contains($0) })
        else { return false }
        if text == User.defaultImageURL || text.hasPrefix("/api/v1/users/") || text.hasPrefix("/static/") { return !text.contains("..") }
        let lower = text.prefix(40).lowercased()
        if lower.hasPrefix("data:") {
            return ["png", "jpeg", "jpg", "gif", "webp"].contains { lower.hasPrefix("data:image/\($0);base64,") }
        }
        return lower.hasPrefix("https://") || lower.hasPrefix("http://")
    }

    /// A password that can be hashed: not empty, at most 1024 bytes so that hashing stays cheap to refuse.
    package static func passwordProblem(_ password: String) -> AppError? {
        if password.isEmpty { return AppError(.badRequest, "The password must not be empty.") }
        if password.utf8.count > 1024 {
            return AppError(.badRequest, "Uh-oh! The password you entered is too long. Please make sure your password is less than 1024 bytes long.")
        }
        return nil
    }
}
