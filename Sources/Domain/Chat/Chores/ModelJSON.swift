/// The JSON object that a model was asked for, out of whatever it wrote around it.
enum ModelJSON {
    /// The last object in the text that has the key.
    static func object(with key: String, in text: String) -> JSONObject? {
        // Models talk around their JSON; a few places are tried from the end.
        var end = text.endIndex
        for _ in 0..<8 {
            guard let close = text[..<end].lastIndex(of: "}") else { return nil }
            var open = text[..<close].lastIndex(of: "{")
            for _ in 0..<8 {
                guard let start = open else { break }
                if let object = (try? JSONValue(parsing: String(text[start...close])))?.object, object[key] != nil { return object }
                open = text[..<start].lastIndex(of: "{")
            }
            end = close
        }
        return nil
    }
}
