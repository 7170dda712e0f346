import Domain
import GRDB

extension JSONObject {
    /// A JSON column; `nil` for NULL and for what is no object.
    init?(stored text: String?) {
        guard let text, let object = (try? JSONValue(parsing: text))?.object else { return nil }
        self = object
    }

    var storedText: String { JSONValue.object(self).jsonText }
}

extension Database {
    /// `?,?,?` for `count` values.
    static func placeholders(_ count: Int) -> String { Array(repeating: "?", count: count).joined(separator: ",") }
}
