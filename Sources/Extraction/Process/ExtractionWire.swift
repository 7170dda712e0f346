import Domain

/// What a worker process says on its standard output: one JSON object a line, one for each event, and last either `end`
/// or `error`. Without either the worker died.
enum ExtractionWire {
    enum Message {
        case event(ExtractionEvent)
        case end
        case failure(AppError)
    }

    static func encode(_ message: Message) -> [UInt8] {
        let object: JSONObject
        switch message {
        case .event(.document(let separator, let hasMarkdownHeadings)):
            object = ["document": ["separator": .string(separator), "markdown": .bool(hasMarkdownHeadings)]]
        case .event(.section(let metadata)): object = ["section": .object(metadata)]
        case .event(.text(let run)):
            object = [
                "text": .string(run.text),
                "headings": .array(run.headings.map { .array([.int($0.level), .int($0.offset), .string($0.title)]) }),
                "tables": .array(run.tables.map { .array([.int($0.offset), .int($0.headerEnd), .int($0.end)]) }),
            ]
        case .end: object = ["end": true]
        case .failure(let error): object = ["error": .string(error.message), "internal": .bool(error.code == .internalError)]
        }
        return JSONValue.object(object).jsonBytes + [0x0A]
    }

    /// `nil`: no message of a worker.
    static func decode(_ line: ArraySlice<UInt8>) -> Message? {
        guard let value = try? JSONValue(parsing: line, maximumDepth: 8) else { return nil }
        if let text = value["text"]?.string {
            let headings = value["headings"]?.array?.compactMap { item -> TextRun.Heading? in
                guard let level = item[0]?.int, let offset = item[1]?.int, let title = item[2]?.string else { return nil }
                return TextRun.Heading(level: level, title: title, offset: offset)
            }
            let tables = value["tables"]?.array?.compactMap { item -> TextRun.Table? in
                guard let offset = item[0]?.int, let headerEnd = item[1]?.int, let end = item[2]?.int else { return nil }
                return TextRun.Table(offset: offset, headerEnd: headerEnd, end: end)
            }
            return .event(.text(TextRun(text, headings: headings ?? [], tables: tables ?? [])))
        }
        if let metadata = value["section"]?.object { return .event(.section(metadata)) }
        if let document = value["document"] {
            guard let separator = document["separator"]?.string, let markdown = document["markdown"]?.bool else { return nil }
            return .event(.document(separator: separator, hasMarkdownHeadings: markdown))
        }
        if value["end"]?.bool == true { return .end }
        if let message = value["error"]?.string {
            return .failure(AppError(value["internal"]?.bool == true ? .internalError : .badRequest, message))
        }
        return nil
    }

    // MARK: The task

    /// The worker's one argument.
    static func encode(_ request: ExtractionRequest, limits: ExtractionLimits) -> String {
        let object: JSONObject = [
            "path": .string(request.path), "filename": .string(request.filename), "contentType": .string(request.contentType),
            "limits": .object(JSONObject(fields.map { ($0.name, .int(limits[keyPath: $0.path])) })),
        ]
        return JSONValue.object(object).jsonText
    }

    static func decodeTask(_ text: String) -> (request: ExtractionRequest, limits: ExtractionLimits)? {
        guard let value = try? JSONValue(parsing: text), let path = value["path"]?.string, let filename = value["filename"]?.string,
            let contentType = value["contentType"]?.string
        else { return nil }
        var limits = ExtractionLimits()
        for field in fields { if let number = value["limits"]?[field.name]?.int { limits[keyPath: field.path] = number } }
        return (ExtractionRequest(path: path, filename: filename, contentType: contentType), limits)
    }

    private static var fields: [(name: String, path: WritableKeyPath<ExtractionLimits, Int>)] {
        [
            ("unpackedBytes", \.unpackedBytes), ("entries", \.entries), ("expansion", \.expansion), ("xmlDepth", \.xmlDepth),
            ("characters", \.characters), ("pages", \.pages), ("recognizedPages", \.recognizedPages), ("wholeFileBytes", \.wholeFileBytes),
            ("processorSeconds", \.processorSeconds), ("memoryBytes", \.memoryBytes), ("temporaryFileBytes", \.temporaryFileBytes),
        ]
    }
}
