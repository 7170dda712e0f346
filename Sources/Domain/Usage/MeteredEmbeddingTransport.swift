/// Records what embedding costs at an upstream, on the account of whoever the server works for.
package struct MeteredEmbeddingTransport: UpstreamTransport {
    private let transport: any UpstreamTransport
    private let recorder: any UsageRecorder
    private let upstream: String
    private let model: String

    /// - Parameters:
    ///   - upstream: the engine's name in records.
    ///   - model: as the engine knows it.
    package init(transport: any UpstreamTransport, recorder: any UsageRecorder, upstream: String, model: String) {
        self.transport = transport
        self.recorder = recorder
        self.upstream = upstream
        self.model = model
    }

    package func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        let length = request.body.count
        let call = ModelCall(
            recorder, principal: .inScope, modelID: model, upstream: upstream, kind: .embedding, promptBytes: { length })
        do {
            var response = try await transport.send(request)
            call.answered(status: response.status)
            response.body = call.watch(response.body)
            return response
        } catch {
            call.fail(error)
            throw error
        }
    }
}
