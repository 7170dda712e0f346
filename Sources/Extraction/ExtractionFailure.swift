import Domain

/// The reasons why a file cannot be read, as people see them.
enum ExtractionFailure {
    static func unsupported(_ type: String) -> AppError {
        AppError(.badRequest, "File type \(type) is not supported for processing")
    }

    static func damaged(_ kind: String, _ detail: String = "", cause: (any Error)? = nil) -> AppError {
        AppError(.badRequest, "The file is not a valid \(kind) document\(detail.isEmpty ? "." : ": \(detail)")", cause: cause)
    }

    static func encrypted(_ kind: String) -> AppError {
        AppError(.badRequest, "The \(kind) document is protected with a password and cannot be read.")
    }

    static func binary(_ filename: String) -> AppError {
        AppError(.badRequest, "The file \(filename) is not text and its type is not supported for processing")
    }

    static func missingTool(_ tool: String, _ purpose: String) -> AppError {
        AppError(.badRequest, "The program \(tool) is needed to \(purpose), but it is not installed on the server.")
    }

    static func unreadable(cause: any Error) -> AppError {
        AppError(.badRequest, "The file could not be opened for reading.", cause: cause)
    }

    // MARK: Limits

    static let tooManyEntries = AppError(.badRequest, "The file contains too many parts and was not read.")
    static let tooDeep = AppError(.badRequest, "The file nests elements too deeply and was not read.")
    static let tooMuchText = AppError(.badRequest, "The file contains too much text and was not read.")

    static func unpacksTooLarge(_ bytes: Int) -> AppError {
        AppError(.badRequest, "The file unpacks to more than \(bytes >> 20) MB and was not read.")
    }

    static func tooLarge(_ bytes: Int) -> AppError {
        AppError(.badRequest, "Files of this type are read up to a size of \(bytes >> 20) MB; this one is larger.")
    }

    static func tooManyPages(_ pages: Int, limit: Int) -> AppError {
        AppError(.badRequest, "The PDF document has \(pages) pages; at most \(limit) are supported.")
    }
}
