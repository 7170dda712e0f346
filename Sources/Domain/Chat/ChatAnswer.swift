/// A model's answer in OpenAI's form, perhaps still being made.
package struct ChatAnswer: Sendable {
    package enum Body: Sendable {
        /// One JSON document.
        case whole([UInt8])
        /// Server-sent events. Complete in itself: it ends with `data: [DONE]` exactly once, a broken answer with an error event before
        /// that; it throws only when its reader is cancelled.
        case stream(UpstreamBody)
    }

    package var body: Body
    package var contentType: String
    /// To be delivered before (streams) or beside (`sources`) the answer.
    package var sources: [ContextSource]
    /// Attached items that were skipped, and why; delivered like `sources`.
    package var warnings: [String] = []
    /// Where it came from, for accounting: `openai:0`, `ollama:1`, `built-in`, `function:<id>`.
    package var upstream: String
    /// How that upstream was found; `nil` where there was nothing to choose.
    package var trace: UpstreamTrace?

    package init(body: Body, contentType: String, sources: [ContextSource] = [], upstream: String = "") {
        self.body = body
        self.contentType = contentType
        self.sources = sources
        self.upstream = upstream
    }
}

/// Speaks to whatever serves a model.
package protocol ChatProvider: Sendable {
    /// Sends the request to `request.route`. Returns when the answer begins.
    ///
    /// - Throws: `UpstreamFailure` with the upstream's own error, `AppError(.upstreamFailed)` when it cannot be reached or breaks off
    ///   an answer that is not streamed, `AppError(.timeout)`, `AppError.modelNotFound` for a route this provider does not serve.
    func answer(_ request: ChatRequest) async throws -> ChatAnswer
}

/// The provider of each kind of route.
package struct ChatProviders: ChatProvider {
    private let upstream: any ChatProvider
    private let builtIn: any ChatProvider
    private let function: (any ChatProvider)?

    /// - Parameter upstream: serves the models of all connections.
    package init(upstream: any ChatProvider, builtIn: any ChatProvider, function: (any ChatProvider)? = nil) {
        self.upstream = upstream
        self.builtIn = builtIn
        self.function = function
    }

    package func answer(_ request: ChatRequest) async throws -> ChatAnswer {
        switch request.route {
        case .openAI, .ollama: return try await upstream.answer(request)
        case .builtIn: return try await builtIn.answer(request)
        case .function:
            guard let function else { throw AppError.modelNotFound }
            return try await function.answer(request)
        case .missing: throw AppError.modelNotFound
        }
    }
}
