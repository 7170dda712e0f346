/// The metadata of a passage on the wire.
package enum CitationMetadata {
    /// Upload metadata first, then the format's keys (`page`, `row`, ...), then ours: a client's metadata never says whose file it is.
    /// - Parameter embedder: `nil` when no vectors were asked.
    package static func of(_ chunk: Chunk, citation: DocumentCitation, embedder: EmbedderIdentity?) -> JSONObject {
        var metadata = citation.metadata
        metadata.merge(chunk.metadata)
        if !chunk.headings.isEmpty { metadata["headings"] = .strings(chunk.headings) }
        metadata.merge(base(citation))
        metadata["start_index"] = .int(chunk.startIndex)
        if let embedder {
            metadata["embedding_config"] = .string(
                JSONValue.object(["engine": .string(embedder.engine), "model": .string(embedder.model)]).jsonText)
        }
        return metadata
    }

    private static func base(_ citation: DocumentCitation) -> JSONObject {
        var base: JSONObject = [
            "name": .string(citation.name), "source": .string(citation.name), "hash": .string(citation.contentHash),
            "created_by": .string(citation.ownerID),
        ]
        if let id = citation.fileID { base["file_id"] = .string(id) }
        if let hash = citation.fileHash { base["file_hash"] = .string(hash) }
        if let type = citation.contentType { base["content_type"] = .string(type) }
        if let size = citation.size { base["size"] = .int(size) }
        return base
    }

    /// A whole file quoted without its passages.
    package static func whole(_ citation: DocumentCitation) -> JSONObject {
        var metadata: JSONObject = [:]
        if let id = citation.fileID { metadata["file_id"] = .string(id) }
        metadata["name"] = .string(citation.name)
        metadata["source"] = .string(citation.name)
        return metadata
    }
}
