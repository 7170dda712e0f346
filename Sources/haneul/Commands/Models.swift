import ArgumentParser
import AsyncHTTPClient
import Domain
import Embedding
import Foundation
import NIOCore
import NIOHTTP1

/// The local text encoders.
struct Models: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fetch and list the local text encoders.", subcommands: [Pull.self, List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the encoders on this machine and the ones that can be fetched.")

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            try await CommandFailure.reporting {
                let (environment, file) = try options.settingSources()
                let settings = try Settings(environment: environment, file: file)
                let library = EncoderLibrary(cache: CacheDirectory(settings: settings).encoders)
                let entries = library.entries()
                for entry in entries {
                    let inUse = [entry.model, String(entry.model.split(separator: "/").last ?? "")].contains(settings[.embeddingModel])
                    print(
                        "\(inUse ? "*" : " ") \(entry.model)  \(entry.bytes >> 20) MiB  from \(entry.source.isEmpty ? "an unknown source" : entry.source)"
                    )
                }
                for known in KnownEncoder.all where !entries.contains(where: { $0.model == known.model }) {
                    print("  \(known.model)  not here; fetch it with: haneul models pull \(known.model)")
                }
            }
        }
    }

    struct Pull: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Fetch an encoder from a model hub over HTTPS, checked by its checksums.")

        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "org/name, such as intfloat/multilingual-e5-small.") var model: String
        @Option(help: "Address of the hub.") var hub = "https://huggingface.co"
        @Option(help: "Branch, tag or commit.") var revision = "main"

        func run() async throws {
            try await CommandFailure.reporting {
                let (environment, file) = try options.settingSources()
                let settings = try Settings(environment: environment, file: file)
                let library = EncoderLibrary(cache: CacheDirectory(settings: settings).encoders)
                let folder = try await library.pull(
                    model, hub: hub, revision: revision, download: HubDownload.fetch,
                    progress: { path, bytes in FileHandle.standardError.write(Data("  \(path) (\(bytes >> 10) KiB)\n".utf8)) })
                print("\(model) is in \(folder)")
            }
        }
    }
}

/// Fetches one address into a file.
enum HubDownload {
    static func fetch(_ address: String, to destination: String) async throws {
        do {
            let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: address), timeout: .minutes(60))
            guard response.status == .ok else { throw AppError(.upstreamFailed, "\(address) answered \(response.status.code).") }
            guard FileManager.default.createFile(atPath: destination, contents: nil), let file = FileHandle(forWritingAtPath: destination) else {
                throw AppError(.internalError, "Cannot write \(destination).")
            }
            defer { try? file.close() }
            for try await piece in response.body { try file.write(contentsOf: Data(piece.readableBytesView)) }
        } catch let error as AppError {
            throw error
        } catch {
            throw AppError(.upstreamFailed, "Cannot fetch \(address): is there a way to that host from here?", cause: error)
        }
    }
}
