import ArgumentParser
import Domain

struct Keys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list and revoke API keys; change the server's secret.",
        discussion: "Works on the data folder (DATA_DIR), whether or not the server runs. A revoked key stops working within a second.",
        subcommands: [Create.self, List.self, Revoke.self, RotateSecret.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a key for an account and print it once.")

        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The account's e-mail address.") var email: String
        @Option(name: .long, help: "What the key is for.") var name = "command line"
        @Option(name: .long, help: "How long it lasts, as 30d or 12h. Default: for ever.") var expires: String?
        @Option(name: .long, help: "What it may be used for: chat, models, files, knowledge, chats, account, admin. Repeat for more. Default: all.")
        var scope: [KeyRestrictions.Scope] = []
        @Option(name: .long, help: "A model it may use. Repeat for more. Default: all.") var model: [String] = []
        @Option(name: .long, help: "An address range it may be used from, as 10.0.0.0/8. Repeat for more. Default: anywhere.") var from: [String] = []
        @Option(name: .long, help: "Requests a minute.") var requestsPerMinute: Int?
        @Option(name: .long, help: "Tokens a day.") var tokensPerDay: Int?

        func validate() throws {
            if let expires, (DurationText.seconds(expires) ?? nil) == nil { throw ValidationError("--expires wants a duration, as 30d or 12h.") }
            for range in from where AddressRange(range) == nil { throw ValidationError("\(range) is no address range.") }
            for limit in [requestsPerMinute, tokensPerDay] where (limit ?? 1) < 1 { throw ValidationError("A limit must be at least 1.") }
        }

        func run() async throws {
            try await CommandWorkspace.run(options) { accounts, _ in
                let user = try await CommandWorkspace.user(email, accounts)
                let restrictions = KeyRestrictions(
                    scopes: Set(scope), modelIDs: Set(model), addressRanges: from.compactMap(AddressRange.init),
                    requestsPerMinute: requestsPerMinute, tokensPerDay: tokensPerDay)
                let seconds = expires.flatMap { DurationText.seconds($0) ?? nil }
                let (key, secret) = try await accounts.keys.create(
                    userID: user.id, name: name, restrictions, expiresAt: seconds.map { .now() + Int($0.rounded(.up)) })
                await CommandWorkspace.record(accounts, "key.create", user, ["key_id": .string(key.id), "name": .string(name)])
                print(secret)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List keys; secrets are not kept and not shown.")

        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "Only those of this account.") var email: String?

        func run() async throws {
            try await CommandWorkspace.run(options) { accounts, _ in
                let user = if let email { try await CommandWorkspace.user(email, accounts) } else { User?.none }
                let keys = try await accounts.keys.list(userID: user?.id)
                let owners = Dictionary(
                    uniqueKeysWithValues: try await accounts.users.users(ids: Array(Set(keys.map(\.userID)))).map { ($0.id, $0.email) })
                let rows = keys.map { key in
                    [
                        key.id, owners[key.userID] ?? key.userID, key.kind == .account ? "(account key)" : key.name, "sk-..." + key.hint,
                        CommandWorkspace.text(key.expiresAt), CommandWorkspace.text(key.lastUsedAt),
                    ]
                }
                print(CommandWorkspace.table([["ID", "ACCOUNT", "NAME", "KEY", "EXPIRES", "LAST USED"]] + rows))
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a key.")

        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The key's id, as `keys list` shows it.") var id: String

        func run() async throws {
            try await CommandWorkspace.run(options) { accounts, _ in
                let key = try await accounts.keys.revoke(id: id, userID: nil)
                if let user = try await accounts.users.user(id: key.userID) {
                    await CommandWorkspace.record(accounts, "key.revoke", user, ["key_id": .string(id), "name": .string(key.name)])
                }
                print("Revoked \(key.name.isEmpty ? "the account key" : key.name) (sk-...\(key.hint)).")
            }
        }
    }
}

extension KeyRestrictions.Scope: ExpressibleByArgument {}
