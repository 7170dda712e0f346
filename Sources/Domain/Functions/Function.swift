/// A Python plug-in of people: it serves models (pipe), looks at chats (filter), or puts a button under messages (action).
package struct Function: StoredPlugin, Hashable {
    package var id: String
    package var userID: String
    package var name: String
    package var kind: FunctionManifest.Kind
    package var content: String
    /// What clients wrote (`description`, ...) and `manifest`, the front matter.
    package var meta: JSONObject
    /// What the host found in the code; `nil` while its packages are not installed.
    package var manifest: FunctionManifest?
    /// The models that a pipe last said it has; empty for other kinds.
    package var models: [FunctionModel]
    package var isActive: Bool
    /// A filter or action for every model.
    package var isGlobal: Bool
    /// Differs after each change of the code.
    package var revision: String
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds

    package init(
        id: String, userID: String, name: String, kind: FunctionManifest.Kind, content: String, meta: JSONObject = [:],
        manifest: FunctionManifest? = nil, models: [FunctionModel] = [], isActive: Bool = false, isGlobal: Bool = false,
        revision: String = makeID(), createdAt: EpochSeconds = .now(), updatedAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.userID = userID
        self.name = name
        self.kind = kind
        self.content = content
        self.meta = meta
        self.manifest = manifest
        self.models = models
        self.isActive = isActive
        self.isGlobal = isGlobal
        self.revision = revision
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    package var key: PluginKey { PluginKey(.function, id) }

    package static let derivedMeta: Set<String> = ["manifest", "install", "toggle", "has_user_valves"]

    package mutating func settle(_ manifest: FunctionManifest?) throws {
        let kind = manifest?.kind ?? PluginRules.likelyKind(content)
        guard let kind else { throw AppError(.badRequest, "No Function class found in the module: it needs a class Pipe, Filter or Action.") }
        guard kind != .tools else { throw AppError(.badRequest, "This code has a class Tools: it is a tool, not a function.") }
        self.kind = kind
        self.manifest = manifest
        meta["manifest"] = .object(code.frontMatter)
    }
}

/// A Python class `Tools`: functions that models may call.
package struct Toolkit: StoredPlugin, Hashable {
    package var id: String
    package var userID: String
    package var name: String
    package var content: String
    package var meta: JSONObject
    package var manifest: FunctionManifest?
    package var revision: String
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds

    package init(
        id: String, userID: String, name: String, content: String, meta: JSONObject = [:], manifest: FunctionManifest? = nil,
        revision: String = makeID(), createdAt: EpochSeconds = .now(), updatedAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.userID = userID
        self.name = name
        self.content = content
        self.meta = meta
        self.manifest = manifest
        self.revision = revision
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    package var key: PluginKey { PluginKey(.tool, id) }

    package static let derivedMeta: Set<String> = ["manifest", "install", "has_user_valves"]

    package mutating func settle(_ manifest: FunctionManifest?) throws {
        guard (manifest?.kind ?? PluginRules.likelyKind(content)) == .tools else {
            throw AppError(.badRequest, "No Tools class found in the module")
        }
        self.manifest = manifest
        meta["manifest"] = .object(code.frontMatter)
    }
}

/// A function or a toolkit: their ids may be the same.
package struct PluginKey: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable { case function, tool }

    package var kind: Kind
    package var id: String

    package init(_ kind: Kind, _ id: String) {
        self.kind = kind
        self.id = id
    }

    /// The id that the host knows the code by.
    package var workerID: String { kind == .tool ? "tool:" + id : id }
}

/// What functions and toolkits have in common.
package enum PluginRules {
    /// Bytes of the longest code.
    package static let largestContent = 1 << 20

    /// The id as it is stored: a Python identifier in lower case.
    package static func id(_ text: String) throws -> String {
        let isWellFormed =
            !text.isEmpty && text.utf8.count <= 128 && text.utf8.first.map { !(0x30...0x39).contains($0) } ?? false
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F }
        guard isWellFormed else { throw AppError(.badRequest, "Only alphanumeric characters and underscores are allowed in the id") }
        return text.lowercased()
    }

    package static func check(content: String) throws {
        if content.utf8.count > largestContent { throw AppError(.tooLarge, "The code is larger than \(largestContent >> 10) KiB.") }
        if content.trimmed.isEmpty { throw AppError(.badRequest, "The code is empty.") }
    }

    /// What the code is, as far as its text tells: the class at the beginning of a line. Used until its packages are installed; then
    /// loading it decides.
    package static func likelyKind(_ content: String) -> FunctionManifest.Kind? {
        for line in content.split(whereSeparator: \.isNewline) where line.hasPrefix("class ") {
            let name = line.dropFirst(6).drop { $0 == " " }.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            switch name {
            case "Pipe": return .pipe
            case "Filter": return .filter
            case "Action": return .action
            case "Tools": return .tools
            default: continue
            }
        }
        return nil
    }
}

extension AppError {
    package static let pluginIDTaken = AppError(
        .badRequest, "Uh-oh! This id is already registered. Please choose another id string.")
    /// The original answers 401 for a function that is not there, and clients know it.
    package static let functionNotFound = AppError(.unauthorized, AppError.notFound.message)
}
