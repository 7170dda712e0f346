import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Wire

/// Answers that carry files. Extracted texts are written piece by piece: a list of fifty long documents takes no more
/// memory than one piece.
struct FileAnswers: Sendable {
    let library: FileLibrary

    /// One file with its text.
    func file(_ file: File, path: String? = nil) async -> Response {
        var object = await object(file)
        if let path { object["path"] = .string(path) }
        return stream([(object, file)], prefix: "", suffix: "", separator: "")
    }

    /// `{"items": [...], "total": n}`
    func page(_ page: Page<File>, hasContent: Bool) async -> Response {
        await list(page.items, hasContent: hasContent, prefix: "{\"items\":[", suffix: "],\"total\":\(page.total)}")
    }

    /// `[...]`
    func list(_ files: [File], hasContent: Bool) async -> Response {
        await list(files, hasContent: hasContent, prefix: "[", suffix: "]")
    }

    private func list(_ files: [File], hasContent: Bool, prefix: String, suffix: String) async -> Response {
        var items: [(JSONObject, File)] = []
        for file in files { items.append((await object(file), file)) }
        if hasContent { return stream(items, prefix: prefix, suffix: suffix, separator: ",") }
        let text = items.map { JSONValue.object($0.0).jsonText }.joined(separator: ",")
        return Response(
            status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(string: prefix + text + suffix)))
    }

    /// Without the text.
    func object(_ file: File) async -> JSONObject {
        let isUnfinished = file.state == .pending || file.state == .processing
        return FileWire.object(file, progress: isUnfinished ? await library.queue.progress(of: file.id) : nil)
    }

    private func stream(_ items: [(JSONObject, File)], prefix: String, suffix: String, separator: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody { [library] writer in
                var bytes = Array(prefix.utf8)
                for (index, (object, file)) in items.enumerated() {
                    if index > 0 { bytes += separator.utf8 }
                    guard let (head, tail) = FileWire.halves(object, of: file), let id = file.documentID else {
                        JSONValue.object(object).write(into: &bytes)
                        continue
                    }
                    bytes += head
                    var next = 0
                    while let piece = try await library.documents.pieces(of: id, from: next, limit: 1).first {
                        next += 1
                        var quoted: [UInt8] = []
                        JSONValue.write(piece.text, into: &quoted)
                        bytes += quoted.dropFirst().dropLast()
                        if bytes.count > 64 << 10 {
                            try await writer.write(ByteBuffer(bytes: bytes))
                            bytes.removeAll(keepingCapacity: true)
                        }
                    }
                    bytes += tail
                }
                bytes += suffix.utf8
                try await writer.write(ByteBuffer(bytes: bytes))
                try await writer.finish(nil)
            })
    }

    // MARK: Processing

    func status(of file: File) async -> Response {
        guard file.state != .raw else { return .json(["status": "pending"]) }
        return .json(.object(await statusObject(file, withReason: false)))
    }

    private func statusObject(_ file: File, withReason: Bool) async -> JSONObject {
        var object: JSONObject = ["status": .string(file.state.rawValue)]
        if file.state == .pending || file.state == .processing {
            let progress = await library.queue.progress(of: file.id)
            object.merge(FileWire.progress(progress ?? IngestionProgress(stage: .stored, percent: 0)))
        }
        if withReason, file.state == .failed { object["error"] = .optional(file.failure) }
        return object
    }

    /// Server-sent events, one a second or whenever something changes, until the file is completed or failed. The last one says no
    /// more than that (and why), as clients of the original expect; before `completed` stands one with stage `indexed` and 100.
    func statusStream(of file: File) -> Response {
        let headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-cache"]
        guard file.state != .raw else { return Response(status: .ok, headers: headers) }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                var last: JSONObject = [:]
                var quiet = 0
                while true {
                    let current = try await library.files.find(file.id)
                    let object = if let current { await statusObject(current, withReason: true) } else { ["status": "not_found"] as JSONObject }
                    if current?.state == .completed, last["status"] != nil {
                        let whole = FileWire.progress(IngestionProgress(stage: .indexed, percent: 100))
                        let event = (["status": "processing"] as JSONObject).merging(whole)
                        try await writer.write(ByteBuffer(string: "data: \(JSONValue.object(event).jsonText)\n\n"))
                    }
                    if object != last || quiet >= 5 {
                        try await writer.write(ByteBuffer(string: "data: \(JSONValue.object(object).jsonText)\n\n"))
                        last = object
                        quiet = 0
                    }
                    guard let current, current.state == .pending || current.state == .processing else { break }
                    try await Task.sleep(for: .milliseconds(200))
                    quiet += 1
                }
                try await writer.finish(nil)
            })
    }
}
