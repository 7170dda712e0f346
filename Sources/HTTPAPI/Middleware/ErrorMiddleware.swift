package import Domain
package import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore

/// Renders every error that leaves a handler. The only place that maps error codes to HTTP.
struct ErrorMiddleware: RouterMiddleware {
    /// For the `Allow` of a 405 (RFC 9110, 15.5.6).
    let methods: AllowedMethods

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            var response = ErrorRendering.response(for: error, path: request.uri.path, method: request.method, logger: context.logger)
            // Not that of an upstream, which knows its own methods.
            if response.status == .methodNotAllowed, error is any HTTPResponseError {
                response.headers[.allow] = methods.of(request.uri.path).joined(separator: ", ")
            }
            return response
        }
    }
}

package enum ErrorRendering {
    /// The answer of `handler`, or its error as an answer.
    static func rendered(
        _ request: Request, _ context: AppRequestContext, _ handler: () async throws -> Response
    ) async throws -> Response {
        do {
            return try await handler()
        } catch {
            return response(for: error, path: request.uri.path, method: request.method, logger: context.logger)
        }
    }

    package static func response(for error: any Error, path: String, method: HTTPRequest.Method, logger: Logger) -> Response {
        switch error {
        case let error as AppError where error.limit != nil: return refusal(error, path: path)
        case let error as AppError: return response(for: error, logger: logger)
        case let failure as UpstreamFailure: return response(for: failure)
        case let error as any HTTPResponseError where error.status == .notFound:
            // The router found nothing: the original answers 405 for anything but GET.
            return response(
                for: AppError(method == .get ? .notFound : .methodNotAllowed, method == .get ? "Not Found" : "Method Not Allowed"), logger: logger)
        case let error as any HTTPResponseError where error.status.code < 500:
            return .json(["detail": .string(error.status.reasonPhrase)], status: error.status)
        case is CancellationError:
            return response(for: AppError(.unavailable, "The request was cancelled."), logger: logger)
        default:
            logger.error("request failed", metadata: ["error": "\(error)", "path": "\(path)"])
            return response(for: AppError.internalError, logger: logger)
        }
    }

    package static func response(for error: AppError, logger: Logger) -> Response {
        if let cause = error.cause {
            logger.log(level: error.code == .internalError ? .error : .debug, "\(error.message)", metadata: ["cause": "\(cause)"])
        }
        var headers = error.trace?.headers ?? HTTPFields()
        if error.closesConnection { headers[.connection] = "close" }
        if let seconds = error.retryAfter {
            headers[.retryAfter] = String(seconds)
            if error.code == .tooManyRequests {
                headers[HTTPField.Name("ratelimit-remaining")!] = "0"
                headers[HTTPField.Name("ratelimit-reset")!] = String(seconds)
            }
        }
        let detail: JSONValue = error.issues.isEmpty ? .string(error.message) : .array(error.issues.map(\.wire))
        return .json(["detail": detail], status: status(of: error), headers: headers)
    }

    /// A limit is used up. Clients of a chat dialect look for that dialect's error object; `detail` is there for all.
    private static func refusal(_ error: AppError, path: String) -> Response {
        var headers = HTTPFields()
        var body: JSONObject = ["detail": .string(error.message)]
        if let limit = error.limit {
            for (name, value) in limit.fields(reset: error.retryAfter ?? 60) { if let name = HTTPField.Name(name) { headers[name] = value } }
            switch ChatDialect(path: path) {
            case .openAI:
                body["error"] = [
                    "message": .string(error.message), "type": .string(limit.isBudget ? "insufficient_quota" : limit.kind.rawValue), "param": nil,
                    "code": .string(limit.isBudget ? "insufficient_quota" : "rate_limit_exceeded"),
                ]
            case .anthropic:
                body["type"] = "error"
                body["error"] = ["type": "rate_limit_error", "message": .string(error.message)]
            case nil: break
            }
        }
        return .json(.object(body), status: status(of: error), headers: headers)
    }

    private static func response(for failure: UpstreamFailure) -> Response {
        var headers = failure.trace?.headers ?? HTTPFields()
        headers[.contentType] = failure.contentType
        headers[.retryAfter] = failure.retryAfter
        return Response(
            status: .init(code: failure.status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: failure.body)))
    }

    private static func status(of error: AppError) -> HTTPResponse.Status { error.status.map { .init(code: $0) } ?? status(of: error.code) }

    /// Exhaustive on purpose.
    package static func status(of code: AppError.Code) -> HTTPResponse.Status {
        switch code {
        case .badRequest: .badRequest
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .conflict: .conflict
        case .gone: .gone
        case .tooLarge: .contentTooLarge
        case .validation: .unprocessableContent
        case .tooManyRequests: .tooManyRequests
        case .unavailable: .serviceUnavailable
        case .upstreamFailed, .internalError: .internalServerError
        case .timeout: .gatewayTimeout
        }
    }
}

extension ValidationIssue {
    /// As an element of `detail`. List positions and byte offsets are numbers on the wire.
    fileprivate var wire: JSONValue {
        [
            "type": .string(type), "loc": .array(location.map { Int($0).map(JSONValue.int) ?? .string($0) }), "msg": .string(message),
            "input": input,
        ]
    }
}
