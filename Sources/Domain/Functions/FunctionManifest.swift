/// What a piece of Python turned out to be, told by loading it.
package struct FunctionManifest: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable { case pipe, filter, action, tools }

    package var kind: Kind
    /// Keys of the front matter.
    package var frontMatter: JSONObject
    /// JSON schema of `Valves` and of `UserValves`; `nil` where the class has none.
    package var valves: JSONObject?
    package var userValves: JSONObject?
    /// A pipe with `pipes`: it stands for several models.
    package var isManifold: Bool
    /// Parts of a filter.
    package var hasInlet: Bool
    package var hasStream: Bool
    package var hasOutlet: Bool
    /// `self.toggle = True`: people turn the filter on for a chat.
    package var isToggle: Bool
    /// `self.icon`: a `data:` address or nothing.
    package var icon: String?
    /// `self.file_handler`: a filter that deals with the chat's files itself.
    package var handlesFiles: Bool
    /// `self.citation`; tools show their results as citations unless this is false.
    package var citation: Bool
    /// `self.actions`, `{id, name, icon_url?}` each.
    package var actions: [JSONObject]
    /// Tools: one element each, `{name, description, parameters}` with `parameters` a JSON schema; parameters that the server
    /// supplies (`__user__`) are left out.
    package var toolSpecs: [JSONObject]

    package init(
        kind: Kind, frontMatter: JSONObject = [:], valves: JSONObject? = nil, userValves: JSONObject? = nil, isManifold: Bool = false,
        hasInlet: Bool = false, hasStream: Bool = false, hasOutlet: Bool = false, isToggle: Bool = false, icon: String? = nil,
        handlesFiles: Bool = false, citation: Bool = true, actions: [JSONObject] = [], toolSpecs: [JSONObject] = []
    ) {
        self.kind = kind
        self.frontMatter = frontMatter
        self.valves = valves
        self.userValves = userValves
        self.isManifold = isManifold
        self.hasInlet = hasInlet
        self.hasStream = hasStream
        self.hasOutlet = hasOutlet
        self.isToggle = isToggle
        self.icon = icon
        self.handlesFiles = handlesFiles
        self.citation = citation
        self.actions = actions
        self.toolSpecs = toolSpecs
    }
}

/// One model of a pipe.
package struct FunctionModel: Sendable, Hashable {
    /// Without the function's id before it: `gpt-x`; in the catalogue `<function id>.<id>`. Empty for a pipe that is one model.
    package var id: String
    /// Empty where the pipe gives none.
    package var name: String

    package init(id: String, name: String) {
        self.id = id
        self.name = name
    }
}
