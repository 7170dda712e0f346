import Domain
import Embedding
import Foundation

/// Encodes the texts of a JSON array and prints what it cost: `EncoderBenchmark FOLDER TEXTS THREADS ROUNDS [float|fixed]`.
@main
struct EncoderBenchmark {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 5, let threads = Int(arguments[3]), let rounds = Int(arguments[4]) else {
            print("usage: EncoderBenchmark FOLDER TEXTS.json THREADS ROUNDS [float|fixed]")
            exit(2)
        }
        let texts = try (JSONValue(parsing: Data(contentsOf: URL(fileURLWithPath: arguments[2]))).array ?? []).compactMap(\.string)
        let embedder = try LocalEmbedder(
            folder: arguments[1], model: "benchmark", threads: threads, precision: arguments.last == "float" ? .float : .automatic,
            prefixes: EncoderPrefixes())
        let tokens = texts.reduce(0) { $0 + embedder.tokens(of: $1, as: .passage).count }
        _ = try await embedder.embed(Array(texts.prefix(4)), as: .passage)
        for _ in 0..<rounds {
            let cpu = processorSeconds()
            let clock = ContinuousClock.now
            _ = try await embedder.embed(texts, as: .passage)
            let wall = ContinuousClock.now - clock
            let result: JSONValue = .object([
                "texts": .int(texts.count), "tokens": .int(tokens), "cpu_seconds": .double(processorSeconds() - cpu),
                "wall_seconds": .double(wall / .seconds(1)),
            ])
            print(result.jsonText)
        }
    }

    static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
