import ArgumentParser
import Extraction
import Foundation

/// What the server starts for each document that is not plain text: reads one file within limits, writes what it found, ends.
struct ExtractWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ExtractionWorker.command, abstract: "Read one document (started by the server).", shouldDisplay: false)

    @Argument var task: String

    func run() async throws {
        let status = await ExtractionWorker.run(task: task)
        if status != 0 { throw ExitCode(status) }
    }
}

/// This program's own file, however it was started.
enum OwnExecutable {
    static var path: String {
        #if os(Linux)
            return (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        #else
            return Bundle.main.executablePath ?? CommandLine.arguments[0]
        #endif
    }
}
