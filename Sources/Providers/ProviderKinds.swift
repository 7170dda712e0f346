package import Domain

/// Every protocol that upstreams may speak, one line each.
package enum ProviderKinds {
    package static func lister(for kind: Connection.Kind, transport: any UpstreamTransport) -> any ModelLister {
        switch kind {
        case .openAI: OpenAILister(transport: transport)
        case .ollama: OllamaLister(transport: transport)
        }
    }
}

/// Lists the models of any upstream.
package struct ProviderLister: ModelLister {
    private let transport: any UpstreamTransport

    package init(transport: any UpstreamTransport) { self.transport = transport }

    package func models(of connection: Connection, within seconds: Int) async throws -> [ListedModel] {
        try await ProviderKinds.lister(for: connection.kind, transport: transport).models(of: connection, within: seconds)
    }
}
