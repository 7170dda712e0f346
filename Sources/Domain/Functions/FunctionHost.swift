/// Runs people's Python: pipes, filters, actions and tools, each in processes that can be capped, killed and replaced.
///
/// Every method may start a worker and so take a second at first; later calls find it running. Whatever the code does, the outcome of a
/// call is a value or one of these errors, and no other function notices:
///
/// - `AppError(.badRequest)` with the Python error in its message: the code does not load, or raised (`FunctionFailure` is its cause); an
///   `HTTPException` has its own status;
/// - `AppError(.timeout)`: the call took longer than is allowed;
/// - `AppError(.upstreamFailed)`: the worker died in the middle of the call (limits, `os._exit`, broken frames);
/// - `AppError(.unavailable)`: there is no usable Python, its packages are not installed, or functions are turned off;
/// - `CancellationError` when the caller's task is cancelled: the code is cancelled too, and killed when it does not listen.
package protocol FunctionHost: Sendable {
    /// Loads the code once and says what is in it. Its requirements must be installed (`install`), or this throws.
    func inspect(_ code: FunctionCode) async throws -> FunctionManifest

    /// The models of a pipe: what `pipes()` (or the `pipes` list) gives with these valves; for a pipe without, one with the function's id.
    func models(of code: FunctionCode, valves: JSONObject) async throws -> [FunctionModel]

    /// `Pipe.pipe(body, ...)`. Returns when the code has returned a value or its first piece.
    func pipe(_ body: JSONObject, in call: FunctionCall) async throws -> FunctionAnswer

    /// `Filter.inlet(body, ...)`; the body as it is where the filter has no inlet.
    func inlet(_ body: JSONObject, in call: FunctionCall) async throws -> JSONObject

    /// `Filter.outlet(body, ...)`; the body as it is where the filter has no outlet.
    func outlet(_ body: JSONObject, in call: FunctionCall) async throws -> JSONObject

    /// `Filter.stream(event)` for one answer: a session, so that a piece costs little.
    func openStream(in call: FunctionCall) async throws -> any FunctionStreamFilter

    /// `Tools.<name>(...)`. What it returned, as JSON: texts as they are, models and dictionaries as objects.
    func runTool(_ name: String, arguments: JSONObject, in call: FunctionCall) async throws -> JSONValue

    /// `Action.action(body, ...)`; `null` when it returned nothing.
    /// - Parameter actionID: which of several, where the class has a list `actions`; given to the code as `__id__`.
    func runAction(_ body: JSONObject, actionID: String?, in call: FunctionCall) async throws -> JSONValue

    /// Installs the packages of a front matter's `requirements`, once for each distinct set. Returns at once where they are there.
    /// - Parameter progress: lines of what is being done, for people.
    /// - Throws: `AppError(.badRequest)` with the installer's last lines.
    func install(_ requirements: [String], progress: @escaping @Sendable (String) -> Void) async throws

    /// Whether `install` has been done for this set.
    func isInstalled(_ requirements: [String]) async -> Bool

    /// Ends the function's workers: it was changed, turned off or deleted. Running calls fail.
    func forget(_ functionID: String) async

    /// What the function printed lately, oldest first, bounded.
    func log(of functionID: String) async -> [String]

    /// What protects the server from the code on this machine.
    func protections() async -> FunctionProtections

    /// Ends all workers, with what they started.
    func stop() async
}

/// A stream filter went wrong in the middle of the pieces it was given.
package struct StreamFilterFailure: Error {
    /// What had come through.
    package var passed: [[UInt8]]
    /// The pieces from the one it went wrong at, as they were given.
    package var rest: [[UInt8]]
    /// As `FunctionHost` says.
    package var cause: any Error

    package init(passed: [[UInt8]], rest: [[UInt8]], cause: any Error) {
        self.passed = passed
        self.rest = rest
        self.cause = cause
    }
}

/// One `Filter.stream` over one answer.
package protocol FunctionStreamFilter: Sendable {
    /// Puts pieces (each one JSON object, the chunk of OpenAI's stream) through the filter, in order. Fewer may come back: a filter that
    /// returns `None` drops the piece. What is no JSON object comes back as it is, unseen. Give it what is there: it does not wait for more.
    /// - Throws: `StreamFilterFailure` when some pieces had come through before it went wrong.
    func process(_ chunks: [[UInt8]]) async throws -> [[UInt8]]

    /// The answer is over. No effect when it was called before.
    func close()
}
