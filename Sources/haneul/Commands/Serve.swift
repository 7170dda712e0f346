import ArgumentParser
import Domain
import Foundation
import Logging
import ServiceLifecycle

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the server (the default command).")

    @OptionGroup var options: ConfigurationOptions

    @Flag(name: .long, help: "Print every configuration key and exit.")
    var helpConfig = false

    func run() async throws {
        if helpConfig {
            print(ConfigurationReference.text())
            return
        }
        do {
            let (environment, file) = try options.settingSources()
            try await Server.run(environment: environment, file: file)
        } catch let error as AppError {
            CommandFailure.report(error)
            throw CommandFailure.exit(error)
        }
    }
}

/// How a command ends when it cannot do its work: one line to standard error and an exit code.
enum CommandFailure {
    /// Runs a command's work; an `AppError` becomes one line and an exit code.
    static func reporting(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let error as AppError {
            report(error)
            throw ExitCode(exitCode(error))
        }
    }

    static func report(_ error: AppError) {
        FileHandle.standardError.write(Data("haneul: \(error.message)\n".utf8))
    }

    static func exit(_ error: AppError) -> ExitCode { ExitCode(exitCode(error)) }

    /// 64 usage or configuration, 69 something needed is not available, 70 internal, 77 no permission.
    static func exitCode(_ error: AppError) -> Int32 {
        switch error.code {
        case .badRequest, .validation, .notFound, .gone, .conflict, .methodNotAllowed, .tooLarge: 64
        case .unavailable, .upstreamFailed, .timeout, .tooManyRequests: 69
        case .unauthorized, .forbidden: 77
        case .internalError: 70
        }
    }
}
