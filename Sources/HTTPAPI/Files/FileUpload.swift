import Domain
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Receives `POST /api/v1/files/`: a form whose part `file` is streamed to the disk while it comes in.
struct FileUpload {
    let library: FileLibrary
    let settings: Settings
    let makeDigest: DigestMaker

    /// What a form said, with its bytes written aside but not yet a file.
    struct Form {
        var bytes: (any BlobWriter)?
        var filename = ""
        var contentType: String?
        var size = 0
        var hash = ""
        var metadata = ""
    }

    private static let longestField = 1 << 20
    private static let longestName = 1000
    /// Bytes gathered before they are written.
    private static let writeSize = 512 << 10

    /// - Parameter isProcessed: whether `ALLOWED_FILE_EXTENSIONS` matters.
    func receive(_ request: Request, isProcessed: Bool) async throws -> (form: Form, bytes: any BlobWriter, metadata: JSONObject) {
        let parameters = HeaderParameters(request.headers[.contentType] ?? "")
        guard parameters.value.lowercased() == "multipart/form-data" else { throw Self.missingFile }
        guard let boundary = parameters["boundary"], !boundary.isEmpty, boundary.utf8.count <= 200 else {
            throw AppError(.badRequest, "There was an error parsing the body")
        }
        // What surrounds the file in the form is never larger than this.
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maximumSize + (2 << 20) { throw tooLarge }
        let body = SteadyBody(request.body.makeAsyncIterator(), window: .seconds(settings[.slowClientSeconds]))
        var reader = MultipartReader(body, boundary: boundary)
        var form = Form()
        do {
            while let part = try await reader.nextPart() {
                try await take(part, from: &reader, into: &form, isProcessed: isProcessed)
            }
            guard let bytes = form.bytes else { throw Self.missingFile }
            guard form.size > 0 else { throw AppError.emptyContent }
            return (form, bytes, try Self.metadata(form.metadata))
        } catch {
            await form.bytes?.abort()
            throw error
        }
    }

    /// A digest of everything that makes one upload differ from another.
    func fingerprint(of form: Form, isProcessed: Bool) -> String {
        var digest = makeDigest()
        for part in [form.hash, form.filename, form.contentType ?? "", form.metadata, isProcessed ? "1" : "0"] {
            digest.update("\(part.utf8.count):\(part)")
        }
        return digest.hex()
    }

    private func take<Body>(
        _ part: MultipartPart, from reader: inout MultipartReader<Body>, into form: inout Form, isProcessed: Bool
    ) async throws {
        switch part.name {
        case "file" where form.bytes == nil:
            guard let sent = part.filename, !sent.isEmpty else {
                throw AppError.validation([
                    ValidationIssue(
                        type: "value_error", location: ["body", "file"], message: "Value error, Expected UploadFile, received: <class 'str'>")
                ])
            }
            form.filename = try Self.baseName(sent)
            if isProcessed { try checkExtension(of: form.filename) }
            form.contentType = part.contentType.map { String($0.prefix(200)).filter { !$0.isNewline && $0 != "\0" } }
            let bytes = try await library.beginUpload()
            form.bytes = bytes
            try await copy(from: &reader, to: bytes, form: &form)
        case "metadata": form.metadata = try await text(from: &reader)
        default: break
        }
    }

    private func copy<Body>(from reader: inout MultipartReader<Body>, to bytes: any BlobWriter, form: inout Form) async throws {
        var digest = makeDigest()
        var gathered: [UInt8] = []
        while let buffer = try await reader.nextBytes() {
            form.size += buffer.readableBytes
            guard form.size <= maximumSize else { throw tooLarge }
            buffer.withUnsafeReadableBytes { digest.update($0) }
            gathered += buffer.readableBytesView
            if gathered.count >= Self.writeSize {
                try await bytes.write(gathered)
                gathered.removeAll(keepingCapacity: true)
            }
        }
        if !gathered.isEmpty { try await bytes.write(gathered) }
        form.hash = digest.hex()
    }

    private func text<Body>(from reader: inout MultipartReader<Body>) async throws -> String {
        var bytes: [UInt8] = []
        while let buffer = try await reader.nextBytes() {
            bytes += buffer.readableBytesView
            guard bytes.count <= Self.longestField else { throw AppError(.tooLarge, "A field of the form is larger than 1 MiB.") }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Self.badMetadata }
        return text
    }

    // MARK: Rules

    private var maximumSize: Int {
        let limit = settings[.fileMaximumMegabytes]
        return (limit > 0 ? min(limit, settings[.uploadLimitMegabytes]) : settings[.uploadLimitMegabytes]) << 20
    }

    private var tooLarge: AppError { AppError(.tooLarge, "The file is larger than the allowed \(maximumSize >> 20) MB.") }

    private func checkExtension(of filename: String) throws {
        let allowed = settings[.allowedFileExtensions].map { $0.lowercased().filter { $0 != "." && $0 != " " } }.filter { !$0.isEmpty }
        let kind = FileKind.fileExtension(of: filename)
        guard allowed.isEmpty || allowed.contains(kind) else { throw AppError(.badRequest, "[ERROR: File type \(kind) is not allowed]") }
    }

    /// The last component of a path with slashes; a backslash is a character like others. Control characters are dropped, and
    /// Hangul as macOS writes it (decomposed) is composed, or nobody who types the name would find the file.
    static func baseName(_ sent: String) throws -> String {
        let last = sent.precomposedStringWithCanonicalMapping.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        let name = String(String.UnicodeScalarView(last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
        guard name.unicodeScalars.count <= longestName else { throw AppError(.badRequest, "The file name is longer than \(longestName) characters.") }
        return name.isEmpty || name == "." || name == ".." ? "file" : name
    }

    private static func metadata(_ text: String) throws -> JSONObject {
        guard !text.trimmed.isEmpty else { return [:] }
        guard let value = try? JSONValue(parsing: text) else { throw badMetadata }
        if value.isNull { return [:] }
        guard let object = value.object else { throw badMetadata }
        return object
    }

    private static let badMetadata = AppError(.badRequest, "[ERROR: Invalid metadata format]")
    private static let missingFile = AppError.validation([
        ValidationIssue(type: "missing", location: ["body", "file"], message: "Field required")
    ])
}
