import Domain

/// An exception that went through the channel.
enum PythonError {
    /// - Parameter json: `{type, message, trace}`.
    static func decode(_ json: some Sequence<UInt8>) -> AppError {
        guard let value = try? JSONValue(parsing: json), let type = value["type"]?.string else {
            return AppError(.upstreamFailed, "The function failed without saying why.")
        }
        let failure = FunctionFailure(type: type, message: value["message"]?.string ?? "", trace: value["trace"]?.string ?? "")
        return AppError(.badRequest, failure.message.isEmpty || failure.message == type ? type : "\(type): \(failure.message)", cause: failure)
    }
}
