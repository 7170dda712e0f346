/// Signing in by a trusted proxy's word.
extension AccountDirectory {
    /// What a trusted proxy says of somebody whom it let in.
    package struct VouchedPerson: Sendable {
        package var email: String
        /// Empty when the proxy does not say.
        package var name: String
        /// `nil` when the proxy does not decide.
        package var role: Role?
        /// Names of groups; `nil` when the proxy does not decide.
        package var groups: [String]?

        package init(email: String, name: String = "", role: Role? = nil, groups: [String]? = nil) {
            self.email = email
            self.name = name
            self.role = role
            self.groups = groups
        }
    }

    /// The account is made at the first visit; it has no password. The first administrator keeps that role whatever the proxy says.
    /// - Throws: `.badEmail` when the proxy names nobody.
    package func signIn(_ person: VouchedPerson, origin: RequestOrigin) async throws -> (User, SessionDesk.Ticket) {
        let email = person.email.trimmed.lowercased()
        guard UserRule.isEmail(email) else { throw AppError.badEmail }
        var user: User
        if let known = try await users.user(email: email) {
            user = known
        } else {
            let role = person.role ?? Role(rawValue: settings[.defaultUserRole]) ?? .pending
            user = try await addVouched(User(email: email, name: person.name.isEmpty ? email : String(person.name.prefix(200)), role: role))
        }
        if let role = person.role, role != user.role {
            let isFirst = try await users.firstAdmin()?.id == user.id
            if !isFirst { user = try await update(id: user.id) { $0.role = role } }
        }
        if let names = person.groups {
            var ids: [String] = []
            for name in Set(names) where !name.isEmpty { if let group = try await groups.group(name: name) { ids.append(group.id) } }
            try await groups.setGroups(ids, memberID: user.id, at: .now())
            cache.forget(userID: user.id)
        }
        return (user, try await sessions.open(userID: user.id, origin: origin))
    }
}
