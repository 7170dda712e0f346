package import Domain

/// Files as the API shows them.
package enum FileWire {
    /// - Parameters:
    ///   - content: the extracted text for `data.content`; `nil` leaves it out.
    ///   - progress: how far processing is, for `data`.
    package static func object(_ file: File, content: String? = nil, progress: IngestionProgress? = nil) -> JSONObject {
        [
            "id": .string(file.id), "user_id": .string(file.userID), "hash": .optional(file.contentHash), "filename": .string(file.filename),
            "data": .object(data(file, content: content, progress: progress)), "meta": .object(meta(file)), "created_at": .int(file.createdAt),
            "updated_at": .int(file.updatedAt),
        ]
    }

    package static func meta(_ file: File) -> JSONObject {
        var meta: JSONObject = [
            "name": .string(file.filename), "content_type": .string(file.contentType), "size": .int(file.size), "file_hash": .string(file.fileHash),
            "data": .object(file.metadata),
        ]
        if let name = file.collectionName { meta["collection_name"] = .string(name) }
        return meta
    }

    private static func data(_ file: File, content: String?, progress: IngestionProgress?) -> JSONObject {
        switch file.state {
        case .raw: return [:]
        case .pending, .processing:
            var data: JSONObject = ["status": .string(file.state.rawValue)]
            if let progress { data.merge(FileWire.progress(progress)) }
            return data
        case .completed:
            var data: JSONObject = ["status": "completed"]
            if let content { data["content"] = .string(content) }
            data["error"] = .null
            return data
        case .failed:
            return ["status": "failed", "error": .optional(file.failure)]
        }
    }

    package static func progress(_ progress: IngestionProgress) -> JSONObject {
        var object: JSONObject = ["progress": .int(progress.percent), "stage": .string(progress.stage.rawValue)]
        if let obstacle = progress.obstacle { object["waiting_for"] = .string(obstacle) }
        return object
    }

    /// The object's bytes before and after the text of `data.content`, for texts that are too long to have in memory.
    /// `nil` when the file has no content.
    package static func halves(_ object: JSONObject, of file: File) -> (head: [UInt8], tail: [UInt8])? {
        guard file.state == .completed, file.documentID != nil, var data = object["data"]?.object else { return nil }
        let mark = makeID()
        var object = object
        var withContent: JSONObject = [:]
        for (key, value) in data where key != "content" {
            withContent[key] = value
            if key == "status" { withContent["content"] = .string(mark) }
        }
        data = withContent
        object["data"] = .object(data)
        let bytes = JSONValue.object(object).jsonBytes
        let wanted = Array("\"\(mark)\"".utf8)
        // The mark is random: it stands exactly once in the object.
        guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: wanted) }) else { return nil }
        return (Array(bytes[..<(start + 1)]), Array(bytes[(start + wanted.count - 1)...]))
    }
}
