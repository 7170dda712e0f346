import Domain
import Embedding

/// The local encoder that the settings name, loaded when it is first needed.
actor LocalEmbedderSource {
    private let settings: Settings
    private let library: EncoderLibrary
    private var loaded: (model: String, embedder: LocalEmbedder)?

    init(settings: Settings) {
        self.settings = settings
        library = EncoderLibrary(cache: CacheDirectory(settings: settings).encoders)
    }

    func embedder() throws -> any Embedder {
        let model = settings[.embeddingModel]
        if let loaded, loaded.model == model { return loaded.embedder }
        let embedder = try LocalEmbedder(folder: try library.folder(for: model), model: model, threads: settings[.embeddingThreads])
        loaded = (model, embedder)
        return embedder
    }
}
