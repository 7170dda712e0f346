/// What went wrong, in terms that a caller may see. Everything that leaves the server as an error is one of these
/// (or an `UpstreamFailure`, which is somebody else's answer).
///
/// `message` is public; `cause` is for the log only and never reaches a client.
package struct AppError: Error, Sendable {
    /// Closed on purpose: the one switch from code to HTTP status must stay exhaustive.
    package enum Code: Sendable, Hashable {
        /// The request makes no sense as it is (400).
        case badRequest
        /// Nobody is signed in, or the credentials are no good (401). Open WebUI also says this when a role is too low.
        case unauthorized
        /// Signed in, but not allowed (403).
        case forbidden
        case notFound
        case methodNotAllowed
        /// The state of the thing does not allow it (409).
        case conflict
        /// It was there once (410).
        case gone
        case tooLarge
        /// Fields are missing or of the wrong type (422); `issues` says which.
        case validation
        case tooManyRequests
        case unavailable
        case upstreamFailed
        case timeout
        /// Our fault (500). `message` must not carry internals.
        case internalError
    }

    package var code: Code
    package var message: String
    package var issues: [ValidationIssue]
    /// Seconds after which trying again makes sense.
    package var retryAfter: Int?
    /// Which limit is used up, with `.tooManyRequests`.
    package var limit: UsedUpLimit?
    package var cause: (any Error)?
    /// The HTTP status that somebody's code has chosen (400 to 599), where it says more than `code`.
    package var status: Int?
    /// The client may not use its connection again: what it was still sending was not read.
    package var closesConnection = false
    /// Which upstreams were asked, when that is what went wrong.
    package var trace: UpstreamTrace?

    package init(
        _ code: Code, _ message: String, issues: [ValidationIssue] = [], retryAfter: Int? = nil, limit: UsedUpLimit? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.issues = issues
        self.retryAfter = retryAfter
        self.limit = limit
        self.cause = cause
    }

    package static func validation(_ issues: [ValidationIssue]) -> AppError {
        AppError(.validation, "Validation failed", issues: issues)
    }
}

/// One field that could not be used; on the wire an element of `detail` with status 422.
package struct ValidationIssue: Sendable, Hashable {
    /// `missing`, `string_type`, `int_parsing`, ...
    package var type: String
    /// Where: `["body", "file_id"]`, `["query", "page"]`.
    package var location: [String]
    package var message: String
    package var input: JSONValue

    package init(type: String, location: [String], message: String, input: JSONValue = .null) {
        self.type = type
        self.location = location
        self.message = message
        self.input = input
    }
}

/// Texts that clients of Open WebUI show or compare.
extension AppError {
    package static let notFound = AppError(.notFound, "We could not find what you're looking for :/")
    /// Role too low or no grant. The original answers 401 here, and clients depend on it.
    package static let prohibited = AppError(
        .unauthorized, "You do not have permission to access this resource. Please contact your administrator for assistance.")
    package static let notAuthenticated = AppError(.unauthorized, "Not authenticated")
    package static let badToken = AppError(.unauthorized, "401 Unauthorized")
    package static let revokedToken = AppError(.unauthorized, "Invalid token")
    package static let expiredKey = AppError(
        .unauthorized, "Your session has expired or the token is invalid. Please sign in again.")
    package static let emptyContent = AppError(
        .badRequest, "The content provided is empty. Please ensure that there is text or data present before proceeding.")
    package static let duplicateContent = AppError(.badRequest, "Duplicate content detected. Please provide unique content to proceed.")
    package static let unprocessed = AppError(
        .badRequest, "Extracted content is not available for this file. Please ensure that the file is processed before proceeding.")
    package static let modelNotFound = AppError(.badRequest, "Model not found")
    package static let internalError = AppError(.internalError, "Something went wrong on our side.")
}

/// The answer of an upstream that refused: it goes to the client with the same status and body.
package struct UpstreamFailure: Error, Sendable {
    package var status: Int
    package var contentType: String
    package var body: [UInt8]
    package var retryAfter: String?
    package var trace: UpstreamTrace?

    package init(status: Int, contentType: String, body: [UInt8], retryAfter: String? = nil) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.retryAfter = retryAfter
    }
}
