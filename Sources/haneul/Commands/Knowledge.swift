import ArgumentParser
import Domain
import Foundation

/// Knowledge bases of a running server, from the command line.
struct Knowledge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keep a knowledge base in step with a folder.", subcommands: [Sync.self])

    struct Sync: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring a knowledge base in step with a folder.",
            discussion: """
                Uploads new and changed files by checksum and keeps the folder's directories. Hidden files, links and empty files are
                left out. The server's address and the API key are also taken from HANEUL_URL and HANEUL_API_KEY; the key needs the
                scopes files and knowledge.

                Exit codes: 0 in step, 1 some files failed, 64 wrong use, 69 server not reachable, 77 key refused.
                """)

        @Argument(help: "The folder.") var folder: String
        @Option(name: .long, help: "The knowledge base, by name or id.") var knowledge: String
        @Option(name: .long, help: "Address of the server. Default: HANEUL_URL, else http://localhost:3000.") var url: String?
        @Option(name: .long, help: "API key. Other users of the machine may see it while the command runs: prefer HANEUL_API_KEY.") var key: String?
        @Flag(name: .long, help: "Make the knowledge base when there is none of that name.") var create = false
        @Flag(name: .long, help: "Delete what the folder does not have from the knowledge base.") var delete = false
        @Option(name: .long, help: "Leave out what fits this shell pattern, as '*.log' or 'drafts/*'. Repeat for more.") var exclude: [String] = []
        @Option(name: .long, help: "Files on their way at once.") var jobs = 4
        @Flag(name: .long, help: "Say what would be done, and do nothing.") var dryRun = false
        @Flag(name: .long, help: "Go on and follow changes of the folder until stopped.") var watch = false
        @Option(name: .long, help: "Seconds between two looks with --watch.") var interval = 2
        @Flag(name: .shortAndLong, help: "Only say what went wrong.") var quiet = false

        func validate() throws {
            if jobs < 1 || jobs > 64 { throw ValidationError("--jobs must be 1 to 64.") }
            if interval < 1 { throw ValidationError("--interval must be at least 1.") }
            if dryRun, watch { throw ValidationError("--dry-run and --watch do not go together.") }
        }

        func run() async throws {
            try await CommandFailure.reporting {
                let environment = ProcessInfo.processInfo.environment
                guard let key = key ?? environment["HANEUL_API_KEY"], !key.isEmpty else {
                    throw AppError(.badRequest, "An API key is needed: set HANEUL_API_KEY or use --key.")
                }
                let server = try KnowledgeAPI(url: url ?? environment["HANEUL_URL"] ?? "http://localhost:3000", key: key)
                var scan = try FolderScan(root: folder, exclusions: exclude)
                let known = try await server.knowledgeID(knowledge)
                guard known != nil || create else { throw AppError(.notFound, "There is no knowledge base \(knowledge). Use --create to make it.") }
                if known == nil, dryRun {
                    print("would make    the knowledge base \(knowledge)")
                    return Self.show(Self.everything(try scan.files()), deletes: delete)
                }
                let id = if let known { known } else { try await server.createKnowledge(knowledge) }
                let sync = FolderSync(
                    remote: HTTPKnowledge(server: server, id: id), options: FolderSync.Options(deletes: delete, concurrency: jobs),
                    tell: { [quiet] event in Self.tell(event, quiet: quiet) })
                if dryRun { return Self.show(try await sync.plan(try scan.files()), deletes: delete) }
                let found = try scan.files()
                let report = try await sync.run(found, unreadable: scan.unreadable)
                if !quiet { print(Self.summary(report)) }
                if watch { try await follow(&scan, sync, failed: report) }
                if !report.failures.isEmpty { throw ExitCode(1) }
            }
        }

        /// Looks again and again. What failed is not tried again before it changes; a server that is away is waited for.
        private func follow(_ scan: inout FolderScan, _ sync: FolderSync, failed report: FolderSync.Report) async throws {
            var last = try scan.files()
            var failed = Self.failed(report, among: last)
            while true {
                try await Task.sleep(for: .seconds(interval))
                let files = try scan.files()
                guard files != last else { continue }
                // Somebody may be in the middle of writing: what is brought has been quiet for one look.
                last = files
                try await Task.sleep(for: .seconds(1))
                let settled = try scan.files()
                guard settled == files else { continue }
                do {
                    let report = try await sync.run(files, skipping: failed, unreadable: scan.unreadable)
                    failed = failed.union(Self.failed(report, among: files))
                    if !quiet { print(Self.summary(report)) }
                } catch let error as AppError where error.code != .unauthorized && error.code != .forbidden && error.code != .notFound {
                    CommandFailure.report(error)
                    last = []
                }
            }
        }

        private static func failed(_ report: FolderSync.Report, among files: [LocalFile]) -> Set<FolderComparison.Item> {
            Set(
                files.map(\.item).filter { item in
                    report.failures[RemoteDifference.Place(filename: item.filename, path: item.path).text] != nil
                })
        }

        // MARK: What is said

        private static func tell(_ event: FolderSync.Event, quiet: Bool) {
            switch event {
            case .added(let path): if !quiet { print("added    \(path)") }
            case .updated(let path): if !quiet { print("updated  \(path)") }
            case .deleted(let path): if !quiet { print("deleted  \(path)") }
            case .kept(let path): if !quiet { print("kept     \(path) (not in the folder; --delete removes it)") }
            case .failed(let path, let reason): FileHandle.standardError.write(Data("failed   \(path): \(reason)\n".utf8))
            }
            fflush(nil)
        }

        /// What a new knowledge base lacks.
        private static func everything(_ files: [LocalFile]) -> RemoteDifference {
            var difference = RemoteDifference()
            difference.added = files.map { RemoteDifference.Place(filename: $0.item.filename, path: $0.item.path) }
            return difference
        }

        private static func show(_ difference: RemoteDifference, deletes: Bool) {
            for path in difference.directoriesToMake { print("would make    \(path)/") }
            for place in difference.added { print("would add     \(place.text)") }
            for change in difference.modified { print("would update  \(change.place.text)") }
            for deletion in difference.deleted { print("would \(deletes ? "delete" : "keep  ")  \(deletion.place.text)") }
            print(
                "\(difference.added.count) to add, \(difference.modified.count) to update, \(deletes ? difference.deleted.count : 0) to delete, "
                    + "\(difference.unmodified) in step")
        }

        private static func summary(_ report: FolderSync.Report) -> String {
            var parts = ["\(report.added) added", "\(report.updated) updated", "\(report.deleted) deleted", "\(report.unmodified) unchanged"]
            if report.kept > 0 { parts.append("\(report.kept) kept") }
            if !report.failures.isEmpty { parts.append("\(report.failures.count) failed") }
            return parts.joined(separator: ", ")
        }
    }
}
