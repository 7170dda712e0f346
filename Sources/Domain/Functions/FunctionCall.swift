/// Who calls a function, with what.
package struct FunctionCall: Sendable {
    package var code: FunctionCode
    /// Values that an admin stored for `Valves`; missing ones have the code's defaults.
    package var valves: JSONObject
    /// What the calling user stored for `UserValves`; the code finds it as `__user__["valves"]`.
    package var userValves: JSONObject
    /// `__user__`: `{id, email, name, role, ...}`, without secrets.
    package var user: JSONObject
    /// The other special parameters, by the parameter's name: `__metadata__`, `__files__`, `__model__`, `__chat_id__`, `__message_id__`,
    /// `__session_id__`, `__task__`, `__task_body__`, `__messages__`, `__id__`, ... The code is given those that its signature names, `null`
    /// for what is missing. `__tools__` holds `{name: {"spec": {...}, ...}}`; calling one asks `services`.
    package var context: JSONObject
    /// What the code may ask of the server while this call runs: bound to the caller, never to anything the code says.
    package var services: any FunctionServices

    package init(
        code: FunctionCode, valves: JSONObject = [:], userValves: JSONObject = [:], user: JSONObject, context: JSONObject = [:],
        services: any FunctionServices
    ) {
        self.code = code
        self.valves = valves
        self.userValves = userValves
        self.user = user
        self.context = context
        self.services = services
    }
}

/// What a pipe gives.
package enum FunctionAnswer: Sendable {
    /// It returned: a text, or an object (a whole completion, or `{"error": ...}`), or `null`.
    case value(JSONValue)
    /// It yields.
    case pieces(FunctionPieces)
}

/// One thing that a pipe yielded.
package enum FunctionPiece: Sendable, Hashable {
    /// Text for the answer.
    case text(String)
    /// A chunk of OpenAI's stream that the code made or passed on (a dictionary, a model, a `data:` line); may carry `usage` or `error`.
    case chunk(JSONObject)
}

/// What a pipe yields, pulled: a reader that does not read lets the code wait. Throws as `FunctionHost` says. Read once.
package struct FunctionPieces: AsyncSequence, Sendable {
    package typealias Element = FunctionPiece

    private let pull: @Sendable () async throws -> FunctionPiece?

    package init(_ pull: @escaping @Sendable () async throws -> FunctionPiece?) { self.pull = pull }

    package struct AsyncIterator: AsyncIteratorProtocol {
        let pull: @Sendable () async throws -> FunctionPiece?
        package mutating func next() async throws -> FunctionPiece? { try await pull() }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pull: pull) }
}

/// The error that Python code raised.
package struct FunctionFailure: Error, Sendable, Hashable {
    /// `ValueError`.
    package var type: String
    /// Its text.
    package var message: String
    /// The last lines of the traceback that are the function's own; for admins.
    package var trace: String
    /// The HTTP status of an `HTTPException`, 400 to 599.
    package var status: Int?

    package init(type: String, message: String, trace: String = "", status: Int? = nil) {
        self.type = type
        self.message = message
        self.trace = trace
        self.status = status
    }

    /// What clients are told of it: 400, or the status that the code has chosen.
    package var code: AppError.Code {
        switch status ?? 400 {
        case 401: .unauthorized
        case 403: .forbidden
        case 404: .notFound
        case 405: .methodNotAllowed
        case 409: .conflict
        case 410: .gone
        case 413: .tooLarge
        case 422: .validation
        case 429: .tooManyRequests
        case 503: .unavailable
        case 504: .timeout
        case 500...: .upstreamFailed
        default: .badRequest
        }
    }
}
