import Domain

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Pictures of pages, read with Tesseract in Korean and English.
struct ScannedPDFReader {
    let limits: ExtractionLimits

    private static let renderer = Tool(name: "pdftoppm", purpose: "read scanned PDF documents")
    private static let recognizer = Tool(name: "tesseract", purpose: "read scanned PDF documents")
    private static let resolution = 200

    func read(
        _ path: String, properties: PDFProperties, into receive: @Sendable (ExtractionEvent) async throws -> Void
    ) async throws {
        guard await Self.recognizer.isInstalled else {
            throw AppError(
                .badRequest,
                "The PDF document has no text, only pictures of its pages. Reading those needs tesseract, which is not installed on the server.")
        }
        guard properties.pages <= limits.recognizedPages else {
            throw AppError(
                .badRequest,
                "The PDF document has no text, only pictures of its \(properties.pages) pages. At most \(limits.recognizedPages) such pages are read."
            )
        }
        let languages = try await languages()
        let folder = try TemporaryFolder()
        for page in 0..<properties.pages {
            let text = try await recognize(path, page: page, languages: languages, in: folder.path)
            guard !text.isEmpty else { continue }
            try await receive(.section(properties.metadata(page: page)))
            try await receive(.text(TextRun(text)))
        }
    }

    /// `kor+eng`, or the one of the two that is installed.
    private func languages() async throws -> String {
        let (_, output, _) = try await Self.recognizer.run(["--list-langs"])
        let installed = String(decoding: output, as: UTF8.self).split(separator: "\n").map { String($0).collapsingWhiteSpace }
        let wanted = ["kor", "eng"].filter(installed.contains)
        guard !wanted.isEmpty else {
            throw AppError(
                .badRequest, "The PDF document has no text, only pictures of its pages, and tesseract has no language data for Korean or English.")
        }
        return wanted.joined(separator: "+")
    }

    private func recognize(_ path: String, page: Int, languages: String, in folder: String) async throws -> String {
        let image = folder + "/page"
        let number = String(page + 1)
        // The picture is scaled to a bounded size, whatever size the page claims to have.
        let rendered = try await Self.renderer.run([
            "-f", number, "-l", number, "-singlefile", "-gray", "-png", "-scale-to", String(Self.resolution * 14), path, image,
        ])
        guard rendered.isSuccess else { return "" }
        defer { unlink(image + ".png") }
        let (isSuccess, output, _) = try await Self.recognizer.run([image + ".png", "stdout", "-l", languages, "--psm", "3"], outputLimit: 4 << 20)
        return isSuccess ? String(decoding: output, as: UTF8.self).trimmedBlock : ""
    }
}
