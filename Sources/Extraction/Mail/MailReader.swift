import Domain

/// Mail messages (RFC 5322, MIME): subject, sender, receivers and date, then the body as text, else as HTML, and the names of
/// attachments; behind that every attachment of a kind that is read, in sections of its own.
struct MailReader: FormatReader {
    let limits: ExtractionLimits
    /// How many messages this one is attached in.
    var depth = 0

    private static let deepest = 3

    func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        let bytes = try TextFile.contents(of: request.path, limit: limits.wholeFileBytes)
        var message = MailMessage(limits: limits)
        try message.parse(bytes)
        var metadata: JSONObject = [:]
        if let subject = message.subject { metadata["title"] = .string(subject) }
        try await receive(.document(separator: "\n\n", hasMarkdownHeadings: false))
        try await receive(.section(metadata))
        try await receive(.text(message.run))
        var characters = message.run.text.unicodeScalars.count
        for attachment in message.attachments {
            let document: ExtractedDocument
            do { document = try await text(of: attachment) } catch is AppError { continue }  // its name is in the text
            for section in document.sections where !section.text.trimmedBlock.isEmpty {
                characters += section.text.unicodeScalars.count
                guard characters <= limits.characters else { throw ExtractionFailure.tooMuchText }
                try await receive(.section(section.metadata.merging(metadata).merging(["attachment": .string(attachment.name)])))
                try await receive(.text(TextRun(section.text, headings: section.headings, tables: section.tables)))
            }
        }
    }

    private func text(of attachment: MailMessage.Attachment) async throws -> ExtractedDocument {
        let file = try TemporaryFile(attachment.content)
        defer { withExtendedLifetime(file) {} }
        let request = ExtractionRequest(path: file.path, filename: attachment.name, contentType: attachment.contentType)
        let collector = EventCollector()
        let kind = try ExtractorKinds.kind(of: request)
        if kind.name == ExtractorKinds.mail.name {
            guard depth < Self.deepest else { throw ExtractionFailure.tooDeep }
            try await MailReader(limits: limits, depth: depth + 1).read(request) { await collector.add($0) }
        } else {
            try await kind.makeReader(limits).read(request) { await collector.add($0) }
        }
        return await collector.document
    }
}

struct MailMessage {
    private static let deepest = 16
    private static let mostParts = 1_000
    private static let mostAttachments = 50

    struct Attachment {
        var name: String
        var contentType: String
        var content: [UInt8]
    }

    private let limits: ExtractionLimits
    private var builder: TextBuilder
    private var parts = 0
    private(set) var subject: String?
    private(set) var attachments: [Attachment] = []

    var run: TextRun { builder.run }

    init(limits: ExtractionLimits) {
        self.limits = limits
        builder = TextBuilder(limit: limits.characters)
    }

    mutating func parse(_ bytes: [UInt8]) throws { try add(MailPart(bytes[...]), depth: 0, isMessage: true) }

    private mutating func add(_ part: MailPart, depth: Int, isMessage: Bool) throws {
        parts += 1
        guard depth < Self.deepest, parts < Self.mostParts else { return }
        if isMessage { try addHeaders(part) }
        let type = part.contentType
        if type.hasPrefix("multipart/"), let boundary = part.parameter("boundary", of: "content-type") {
            let inner = part.parts(boundary: boundary)
            if type == "multipart/alternative" {
                let plain = inner.first { $0.contentType == "text/plain" && !$0.text.collapsingWhiteSpace.isEmpty }
                if let best = plain ?? inner.last { try add(best, depth: depth + 1, isMessage: false) }
            } else {
                for part in inner { try add(part, depth: depth + 1, isMessage: false) }
            }
        } else if type == "message/rfc822" {
            try add(MailPart(part.decodedBody[...]), depth: depth + 1, isMessage: true)
        } else if let name = part.filename {
            try builder.add("Attachment: \(name)", separator: "\n")
            guard attachments.count < Self.mostAttachments else { return }
            attachments.append(Attachment(name: name, contentType: type, content: part.decodedBody))
        } else if type == "text/html" {
            try builder.add(HTMLPage(part.text, limits: limits, showsTitle: false).run.text)
        } else if type.hasPrefix("text/") {
            try builder.add(String(String.UnicodeScalarView(part.text.unicodeScalars.filter { $0 != "\r" })))
        }
    }

    private mutating func addHeaders(_ part: MailPart) throws {
        var isFirst = true
        for name in ["Subject", "From", "To", "Cc", "Date"] {
            guard let value = part.header(name.lowercased()), !value.isEmpty else { continue }
            if name == "Subject", subject == nil { subject = String(value.prefix(500)) }
            try builder.add("\(name): \(value)", separator: isFirst ? "\n\n" : "\n")
            isFirst = false
        }
    }
}
