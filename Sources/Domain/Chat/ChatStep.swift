/// One thing that happens to a chat request before it goes to the model. Order matters: see `ChatService`.
package protocol ChatStep: Sendable {
    func apply(to request: inout ChatRequest) async throws
}
