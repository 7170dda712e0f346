/// One configured upstream: an address, a key and how to use it.
package struct Connection: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable { case openAI, ollama }

    package var kind: Kind
    /// Position in `OPENAI_API_BASE_URLS` or `OLLAMA_BASE_URLS`: `urlIdx` on the wire.
    package var index: Int
    /// Without a final slash: `https://api.openai.com/v1`, `http://localhost:11434`.
    package var baseURL: String
    /// Empty when the upstream wants none.
    package var key: String
    package var isEnabled: Bool
    /// Put in front of model ids with a dot (`prefix_id`); stripped on the way out. Empty for none.
    package var prefix: String
    /// When not empty, exactly these models are listed and the upstream is not asked.
    package var modelIDs: [String]
    package var tags: [JSONValue]
    /// `external` or `local`.
    package var connectionType: String
    package var headers: [String: String]
    /// The whole config object as an admin wrote it.
    package var config: JSONObject

    package init(
        kind: Kind, index: Int, baseURL: String, key: String = "", isEnabled: Bool = true, prefix: String = "", modelIDs: [String] = [],
        tags: [JSONValue] = [], connectionType: String? = nil, headers: [String: String] = [:], config: JSONObject = [:]
    ) {
        self.kind = kind
        self.index = index
        self.baseURL = baseURL
        self.key = key
        self.isEnabled = isEnabled
        self.prefix = prefix
        self.modelIDs = modelIDs
        self.tags = tags
        self.connectionType = connectionType ?? (kind == .ollama ? "local" : "external")
        self.headers = headers
        self.config = config
    }
}
