import ArgumentParser
import Domain

struct Users: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list and change accounts.",
        discussion: "Works on the data folder (DATA_DIR), whether or not the server runs. A running server sees the change within a second.",
        subcommands: [Create.self, List.self, SetPassword.self, SetRole.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an account. The first of all is an administrator.")

        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The account's e-mail address.") var email: String
        @Option(name: .long, help: "The person's name; the e-mail address when left out.") var name: String?
        @Option(name: .long, help: "pending, user or admin. Default: user, and admin for the first account.") var role: Role?
        @OptionGroup var password: PasswordOptions

        func run() async throws {
            try await CommandWorkspace.run(options) { accounts, settings in
                let isFirst = try await accounts.users.count() == 0
                let user = try await accounts.directory.add(
                    .init(name: name ?? email, email: email, password: try password.read()), role: role ?? (isFirst ? .admin : .user))
                if isFirst, user.role == .admin { try await settings.update(.enableSignup, false) }
                await CommandWorkspace.record(accounts, "user.create", user, ["role": .string(user.role.rawValue)])
                print("Made \(user.email) (\(user.role.rawValue)), id \(user.id)")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List accounts.")

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            try await CommandWorkspace.run(options) { accounts, _ in
                let page = try await accounts.users.page(
                    query: "", order: UserOrder(.createdAt, ascending: true), PageRequest(limit: .max, offset: 0))
                let rows = page.items.map { user in
                    [
                        user.email, user.role.rawValue, user.name, CommandWorkspace.text(user.createdAt), CommandWorkspace.text(user.lastActiveAt),
                        user.id,
                    ]
                }
                print(CommandWorkspace.table([["E-MAIL", "ROLE", "NAME", "MADE", "LAST SEEN", "ID"]] + rows))
            }
        }
    }

    struct SetPassword: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-password", abstract: "Give an account a new password; its sessions end, its API keys stay.")

        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The account's e-mail address.") var email: String
        @OptionGroup var password: PasswordOptions

        func run() async throws {
            try await CommandWorkspace.run(options) { accounts, _ in
                let user = try await CommandWorkspace.user(email, accounts)
                try await accounts.directory.setPassword(try password.read(), userID: user.id)
                await CommandWorkspace.record(accounts, "user.password", user)
                print("\(user.email) has a new password.")
            }
        }
    }

    struct SetRole: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "set-role", abstract: "Change what an account may be.")

        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The account's e-mail address.") var email: String
        @Argument(help: "pending, user or admin.") var role: Role

        func run() async throws {
            try await CommandWorkspace.run(options) { accounts, _ in
                let user = try await CommandWorkspace.user(email, accounts)
                let role = role
                _ = try await accounts.directory.update(id: user.id) { $0.role = role }
                await CommandWorkspace.record(accounts, "user.update", user, ["role": .strings([user.role.rawValue, role.rawValue])])
                print("\(user.email) is now \(role.rawValue).")
            }
        }
    }
}

extension Role: ExpressibleByArgument {}
