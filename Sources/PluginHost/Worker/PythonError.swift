import Domain

/// An exception that went through the channel.
enum PythonError {
    /// - Parameter json: `{type, message, trace, status}`.
    static func decode(_ json: some Sequence<UInt8>) -> AppError {
        guard let value = try? JSONValue(parsing: json), let type = value["type"]?.string else {
            return AppError(.upstreamFailed, "The function failed without saying why.")
        }
        let status = value["status"]?.int.flatMap { (400...599).contains($0) ? $0 : nil }
        let failure = FunctionFailure(
            type: type, message: value["message"]?.string ?? "", trace: value["trace"]?.string ?? "", status: status)
        var error = AppError(failure.code, failure.message.isEmpty || failure.message == type ? type : "\(type): \(failure.message)", cause: failure)
        error.status = status
        return error
    }
}
