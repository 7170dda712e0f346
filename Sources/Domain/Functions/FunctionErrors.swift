/// Errors of plug-ins as the people who chat may see them.
package enum FunctionErrors {
    /// What a plug-in raised on purpose (`raise Exception("...")`) is its own message; anything else says where it comes from.
    package static func meaning(_ error: any Error, name: String) -> any Error {
        guard let error = error as? AppError else { return error }
        guard let failure = error.cause as? FunctionFailure else { return error }
        let text = failure.message.isEmpty ? failure.type : failure.message
        let isDeliberate = ["Exception", "HTTPException", "PermissionError", "RuntimeError"].contains(failure.type) && !failure.message.isEmpty
        var meaning = error
        meaning.message = isDeliberate ? text : "\(name) failed: \(failure.type): \(failure.message)"
        meaning.cause = error
        return meaning
    }

    package static func text(of error: any Error, name: String) -> String {
        (meaning(error, name: name) as? AppError)?.message ?? AppError.internalError.message
    }
}
