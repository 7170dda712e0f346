import Domain
import FoundationEssentials
import NIOCore
import Synchronization

/// What the code of one call asks of the server: each request is a task of its own, ended with the call.
final class ServiceRequests: Sendable {
    /// Requests of one call at a time.
    private static let mostAtOnce = 32
    /// Largest file that is handed to a function.
    private static let largestFile = 20 << 20

    private struct State {
        var tasks: [UInt32: Task<Void, Never>] = [:]
        var readers: [UInt32: PieceReader] = [:]
        var isOver = false
    }

    private let call: UInt64
    private let services: any FunctionServices
    private let connection: WorkerConnection
    private let state = Mutex(State())

    init(call: UInt64, services: any FunctionServices, connection: WorkerConnection) {
        self.call = call
        self.services = services
        self.connection = connection
    }

    /// - Returns: `false` for a frame that makes no sense.
    func receive(_ frame: WorkerFrame) -> Bool {
        var payload = frame.payload
        guard let number = payload.readInteger(as: UInt32.self) else { return false }
        switch frame.kind {
        case .drop:
            state.withLock { state in
                _ = state.readers.removeValue(forKey: number)
                return state.tasks.removeValue(forKey: number)
            }?.cancel()
        case .pull:
            guard let reader = state.withLock({ $0.readers[number] }) else {
                connection.send(.piecesEnd, call: call, payload: Self.bytes(number))
                return true
            }
            start(number) { [self] in await sendPiece(of: reader, number) }
        default:
            guard let request = (try? JSONValue(parsing: payload.readableBytesView))?.object, let name = request["name"]?.string else { return false }
            let arguments = request["arguments"]?.object ?? [:]
            start(number) { [self] in await answer(name, arguments, number) }
        }
        return true
    }

    func cancelAll() {
        let tasks = state.withLock { state in
            state.isOver = true
            state.readers = [:]
            defer { state.tasks = [:] }
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
    }

    private func start(_ number: UInt32, _ work: @escaping @Sendable () async -> Void) {
        let isAccepted = state.withLock { state in
            guard !state.isOver, state.tasks.count < Self.mostAtOnce, state.tasks[number] == nil else { return false }
            state.tasks[number] = Task { await work() }
            return true
        }
        if !isAccepted { reply(number, ["error": ["status": 429, "message": "The function asks too much of the server at once."]]) }
    }

    private func reply(_ number: UInt32, _ value: JSONValue) {
        connection.send(.reply, call: call, payload: Self.bytes(number) + value.jsonBytes)
    }

    private func sendPiece(of reader: PieceReader, _ number: UInt32) async {
        do {
            guard let piece = try await reader.next() else {
                state.withLock { _ = $0.readers.removeValue(forKey: number) }
                return finish(number) { connection.send(.piecesEnd, call: call, payload: Self.bytes(number)) }
            }
            finish(number) { connection.send(.pieceIn, call: call, payload: Self.bytes(number) + piece) }
        } catch {
            finish(number) { reply(number, Self.refusal(error)) }
        }
    }

    /// The task is over before the worker knows: its next pull finds the number free.
    private func finish(_ number: UInt32, _ send: () -> Void) {
        _ = state.withLock { $0.tasks.removeValue(forKey: number) }
        send()
    }

    private func answer(_ name: String, _ arguments: JSONObject, _ number: UInt32) async {
        do {
            let value = try await perform(name, arguments, number)
            finish(number) { reply(number, value) }
        } catch {
            finish(number) { reply(number, Self.refusal(error)) }
        }
    }

    private func perform(_ name: String, _ arguments: JSONObject, _ number: UInt32) async throws -> JSONValue {
        func text(_ key: String) throws -> String {
            guard let value = arguments[key]?.string else { throw AppError(.badRequest, "\(name): \(key) is missing.") }
            return value
        }
        func optional(_ object: JSONObject?) -> JSONValue { ["value": object.map(JSONValue.object) ?? .null] }
        switch name {
        case "complete":
            guard let body = arguments["body"]?.object else { throw AppError(.badRequest, "generate_chat_completion: the request is missing.") }
            let answer = try await services.complete(body)
            switch answer.body {
            case .whole(let bytes): return ["value": (try? JSONValue(parsing: bytes)) ?? .null]
            case .stream(let body):
                state.withLock { $0.readers[number] = PieceReader(body) }
                return ["stream": true]
            }
        case "models": return ["value": .array(try await services.models())]
        case "user": return optional(try await services.user(try text("id")))
        case "file": return optional(try await services.file(try text("id")))
        case "chat": return optional(try await services.chat(try text("id")))
        case "knowledge": return optional(try await services.knowledge(try text("id")))
        case "knowledge_bases": return ["value": .array(try await services.knowledgeBases())]
        case "content":
            let bytes = try await services.fileContent(try text("id"), limit: Self.largestFile)
            return ["value": bytes.map { .string(Data($0).base64EncodedString()) } ?? .null]
        case "retrieve":
            let queries = (arguments["queries"]?.array ?? []).compactMap(\.string)
            let limit = min(max(1, arguments["limit"]?.int ?? 5), 100)
            return ["value": .object(try await services.retrieve(queries, items: arguments["items"]?.array ?? [], limit: limit))]
        case "ask": return ["value": try await services.ask(arguments["event"]?.object ?? [:])]
        case "tool": return ["value": try await services.runTool(try text("name"), arguments: arguments["arguments"]?.object ?? [:])]
        default: throw AppError(.badRequest, "\(name) is not something a function can ask for.")
        }
    }

    private static func refusal(_ error: any Error) -> JSONValue {
        switch error {
        case let error as AppError: ["error": ["status": .int(error.status ?? status(error.code)), "message": .string(error.message)]]
        case let error as UpstreamFailure: ["error": ["status": .int(error.status), "message": .string(words(of: error))]]
        case is CancellationError: ["error": ["status": 499, "message": "The call was cancelled."]]
        default: ["error": ["status": 500, "message": "Something went wrong on our side."]]
        }
    }

    private static func words(of failure: UpstreamFailure) -> String {
        let body = try? JSONValue(parsing: failure.body)
        return body?["error"]?["message"]?.string ?? body?["detail"]?.string ?? String(decoding: failure.body.prefix(4000), as: UTF8.self)
    }

    private static func status(_ code: AppError.Code) -> Int {
        switch code {
        case .badRequest: 400
        case .unauthorized: 401
        case .forbidden: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .conflict: 409
        case .gone: 410
        case .tooLarge: 413
        case .validation: 422
        case .tooManyRequests: 429
        case .unavailable: 503
        case .upstreamFailed: 502
        case .timeout: 504
        case .internalError: 500
        }
    }

    private static func bytes(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
}

/// Takes one streamed answer piece by piece, for a worker that pulls.
private actor PieceReader {
    private var iterator: UpstreamBody.AsyncIterator

    init(_ body: UpstreamBody) { iterator = body.makeAsyncIterator() }

    func next() async throws -> [UInt8]? {
        var copy = iterator
        defer { iterator = copy }
        return try await copy.next()
    }
}
