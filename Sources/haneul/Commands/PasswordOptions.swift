import ArgumentParser
import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Where a command takes a password from.
struct PasswordOptions: ParsableArguments {
    @Option(name: .long, help: "The password. Other users of the machine may see it while the command runs: prefer --password-stdin.")
    var password: String?

    @Flag(name: .long, help: "Read the password from the first line of standard input.")
    var passwordStdin = false

    /// Asked for at the terminal when no option names it.
    func read() throws -> String {
        if let password { return password }
        if passwordStdin { return readLine(strippingNewline: true) ?? "" }
        guard isatty(STDIN_FILENO) == 1 else { throw AppError(.badRequest, "There is no terminal to ask for the password at. Use --password-stdin.") }
        let first = ask("Password: ")
        guard first == ask("Again: ") else { throw AppError(.badRequest, "The two passwords differ.") }
        return first
    }

    private func ask(_ prompt: String) -> String { getpass(prompt).map { String(cString: $0) } ?? "" }
}
