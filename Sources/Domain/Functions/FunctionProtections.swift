/// What keeps Python functions from harming the server on this machine, found out at start.
package struct FunctionProtections: Sendable, Hashable {
    /// The interpreter's version, `nil` when there is none that can be used.
    package var python: String?
    /// What is in force: `limits`, `uid`, `pid-namespace`, `network-namespace`, `mount-namespace`, `landlock`, `seccomp`, ...
    package var active: [String]
    /// Why something is not, in words for the person who runs the server.
    package var missing: [String]

    package init(python: String?, active: [String], missing: [String] = []) {
        self.python = python
        self.active = active
        self.missing = missing
    }

    /// Whether functions are kept from the server's files.
    package var protectsFiles: Bool { active.contains("landlock") || active.contains("mount-namespace") }

    /// One line for the log.
    package var summary: String {
        guard let python else { return "Python functions cannot run: " + missing.joined(separator: "; ") }
        return "Python \(python); protections: " + (active.isEmpty ? "none" : active.joined(separator: ", "))
            + (missing.isEmpty ? "" : "; missing: " + missing.joined(separator: "; "))
    }
}
