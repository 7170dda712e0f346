/// Checks on what people write, with errors that say which limit it was.
package enum TextRule {
    /// - Parameter longest: in characters as people count them (Unicode scalars).
    /// - Throws: `AppError(.badRequest)`.
    package static func check(_ text: String, _ what: String, longest: Int, mayBeEmpty: Bool = true) throws {
        if !mayBeEmpty, text.trimmed.isEmpty { throw AppError(.badRequest, "\(what) must not be empty.") }
        if text.utf8.count > longest, text.unicodeScalars.count > longest {
            throw AppError(.badRequest, "\(what) is longer than \(longest) characters.")
        }
        if text.utf8.contains(0) { throw AppError(.badRequest, "\(what) must not contain null characters.") }
    }

    /// - Parameter largest: of its JSON text, in bytes.
    /// - Throws: `AppError(.badRequest)`.
    package static func check(_ object: JSONObject, _ what: String, largest: Int) throws {
        if JSONValue.object(object).jsonText.utf8.count > largest {
            throw AppError(.badRequest, "\(what) is larger than \(largest >> 10) KiB.")
        }
    }
}
