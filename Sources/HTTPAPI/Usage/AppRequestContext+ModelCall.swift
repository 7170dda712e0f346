import Domain

extension AppRequestContext {
    /// Sends a request that uses a model, and watches its answer pass. Gives it up when the client leaves.
    /// - Parameter call: `nil` for what is not recorded.
    func send(_ outgoing: UpstreamRequest, over transport: any UpstreamTransport, _ call: ModelCall?) async throws -> UpstreamResponse {
        do {
            var response = try await whileClientWaits { try await transport.send(outgoing) }
            guard let call else { return response }
            call.answered(upstream: response.route?.served, status: response.status, length: response.header("content-length").flatMap { Int($0) })
            response.body = call.watch(response.body)
            return response
        } catch {
            call?.fail(error)
            throw error
        }
    }
}
