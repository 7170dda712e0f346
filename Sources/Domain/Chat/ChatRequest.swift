/// One chat completion on its way to a model, in OpenAI's form.
package struct ChatRequest: Sendable {
    /// The request without our own keys. `model` is what the client asked for; a provider puts its own id there.
    package var body: JSONObject { didSet { verbatim = nil } }
    /// Our own keys, as they were sent.
    package var own: JSONObject
    package var principal: Principal
    /// Set by the first step.
    package var model: ResolvedModel?
    /// Models that answer when those who serve `model` fail; set by the first step.
    package var fallbacks: [ResolvedModel] = []
    /// Upstreams that have failed this request before it came here.
    package var failedBefore: [UpstreamAttempt] = []
    /// The stream is kept for a client that comes back.
    package var isResumable = false
    /// What retrieval found, in the order of the items.
    package var sources: [ContextSource] = []
    /// Items that retrieval skipped, and why.
    package var warnings: [String] = []
    /// Parameters of the request's `params`: they win over the body.
    package var overrides: JSONObject = [:]
    /// Parameters of the workspace model: the body wins over them.
    package var defaults: JSONObject = [:]
    /// The client's bytes without our own keys and with another model id, as long as no step changed the body: forwarding these keeps
    /// number texts, key order and escapes as they were written.
    package var verbatim: (@Sendable (_ model: String) -> [UInt8])?

    /// How many functions stand between the caller and this request.
    package var depth = 0
    /// What this request is for, where it is no chat (`title_generation`, ...).
    package var task: String?
    /// What the client asked for, where it is no chat: functions find it as `__task_body__`.
    package var taskBody: JSONObject?
    /// Where plug-ins put what they have to say beside the answer; `nil` when none has a part in the chat.
    package var events: ChatEventQueue?
    /// Filters that look at the answer, in their order.
    package var filters: [FilterCall] = []
    /// The messages as the filters left them, before anything was added to them.
    package var filteredMessages: [JSONValue]?
    /// Tools of people's toolkits that the request may use.
    package var pluginTools: [any Tool] = []

    /// Looks at the model before it is used; set by dialects that do not serve every model.
    package var check: @Sendable (ResolvedModel) throws -> Void = { _ in }

    /// - Parameters:
    ///   - body: without our own keys.
    package init(body: JSONObject, own: JSONObject = [:], principal: Principal, verbatim: (@Sendable (String) -> [UInt8])? = nil) {
        self.body = body
        self.own = own
        self.principal = principal
        self.verbatim = verbatim
    }

    /// The id the client asked for; empty when it is missing or no text.
    package var modelID: String { body["model"]?.string ?? "" }
    package var isStream: Bool { body["stream"]?.bool ?? false }

    package var messages: [JSONValue] {
        get { body["messages"]?.array ?? [] }
        set { body["messages"] = .array(newValue) }
    }

    /// `files`: objects only, whatever else the client sent.
    package var items: [JSONValue] { (own["files"]?.array ?? []).filter { $0.object != nil } }

    /// - Throws: `AppError(.badRequest)` when `messages` is something else than a list of objects.
    package func checkMessages() throws {
        guard let messages = body["messages"], !messages.isNull else { return }
        guard let list = messages.array, list.allSatisfy({ $0.object != nil }) else {
            throw AppError(.badRequest, "messages must be a list of objects.")
        }
    }

    /// The workspace row of the model that was asked for.
    package var workspace: WorkspaceModel? { model?.entry.workspace }
    package var route: ModelRoute { model?.base.route ?? .missing }
}
