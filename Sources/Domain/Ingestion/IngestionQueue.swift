package import Logging

/// Takes files from uploaded to searchable, a few at a time. Every step is a checkpoint in the database: what a crash or a
/// stop interrupts is taken up again by `start`.
///
/// Long files give way to short ones between two batches, so neither one large nor one bad file holds the others up.
package actor IngestionQueue {
    private let files: any FileStore
    private let jobs: any IngestionStore
    private let documents: any DocumentStore
    private let blobs: any BlobStore
    private let extractor: any TextExtractor
    private let builder: DocumentBuilder
    private let settings: Settings
    private let retryPolicy: RetryPolicy
    private let concurrency: Int
    private let logger: Logger

    /// Who may begin or go on next, in order.
    private var line: [Turn] = []
    /// How many work now.
    private var working = 0
    private var entries: [String: Entry] = [:]
    private var isStopping = false

    private enum Turn {
        case begin(String)
        case goOn(String, CheckedContinuation<Void, Never>)
    }

    private struct Entry {
        var task: Task<Void, Never>?
        /// Waits before a repetition.
        var pause: Task<Void, Never>?
        var waiters: [Int: CheckedContinuation<File?, any Error>] = [:]
        var progress = IngestionProgress(stage: .stored, percent: 0)
        var retries = 0
    }

    /// Files that gave way at the same time; more would only hold memory.
    private static let mostParked = 8
    /// A file that was begun this often (the server died each time) is given up.
    private static let mostAttempts = 50
    private var parked = 0
    private var nextWaiter = 0

    package init(
        files: any FileStore, jobs: any IngestionStore, documents: any DocumentStore, blobs: any BlobStore, extractor: any TextExtractor,
        builder: DocumentBuilder, settings: Settings, retryPolicy: RetryPolicy = RetryPolicy(), logger: Logger
    ) {
        self.files = files
        self.jobs = jobs
        self.documents = documents
        self.blobs = blobs
        self.extractor = extractor
        self.builder = builder
        self.settings = settings
        self.retryPolicy = retryPolicy
        concurrency = settings[.ingestionConcurrency]
        self.logger = logger
    }

    // MARK: For the server

    /// Takes up what was left unfinished.
    package func start() async throws {
        isStopping = false
        for id in try await jobs.unfinished() { add(id) }
    }

    /// Ends the work at the next checkpoint. What is unfinished stays so for the next start.
    package func stop() async {
        isStopping = true
        for entry in entries.values {
            entry.pause?.cancel()
            entry.task?.cancel()
        }
        releaseLine()
        for task in entries.values.compactMap(\.task) { await task.value }
        for id in entries.keys { leave(id, .failure(AppError(.unavailable, "The server is stopping."))) }
    }

    // MARK: For requests

    /// Puts a file in line: one that was just uploaded, or one to be cut and embedded anew.
    /// - Returns: the file as it is now; `nil` when there is none.
    @discardableResult
    package func submit(_ fileID: String) async throws -> File? {
        guard let file = try await jobs.enqueue(fileID) else { return nil }
        add(fileID)
        return file
    }

    /// Waits until the file is completed or failed. Returns at once when nothing is to be done for it.
    /// - Returns: the file; `nil` when it is gone.
    /// - Throws: `AppError` when a file that was completed before could not be made anew (it stays as it was).
    package func wait(for fileID: String) async throws -> File? {
        if entries[fileID] == nil {
            guard let file = try await files.find(fileID) else { return nil }
            guard file.state == .pending || file.state == .processing, !isStopping else { return file }
            try await submit(fileID)
            guard entries[fileID] != nil else { return try await files.find(fileID) }
        }
        let number = nextWaiter
        nextWaiter += 1
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if Task.isCancelled || entries[fileID] == nil {
                    continuation.resume(throwing: CancellationError())
                } else {
                    entries[fileID]?.waiters[number] = continuation
                }
            }
        } onCancel: {
            Task { await self.removeWaiter(number, of: fileID) }
        }
    }

    /// How far the file is; `nil` when it is not being processed.
    package func progress(of fileID: String) -> IngestionProgress? { entries[fileID]?.progress }

    /// Gives a file another text and waits until that is searchable. Until then the old text is.
    package func replaceText(of fileID: String, with text: String) async throws -> File? {
        await cancel(fileID)
        let recipe = IngestionRecipe(settings)
        let document = try await builder.store(text, for: .file(id: fileID), recipe: recipe)
        logger.debug("text replaced", metadata: ["file": "\(fileID)", "document": "\(document.id)"])
        guard try await submit(fileID) != nil else { return nil }
        return try await wait(for: fileID)
    }

    /// Stops working on a file (it was deleted) and waits until that is so.
    package func cancel(_ fileID: String) async {
        guard let entry = entries[fileID] else { return }
        entry.pause?.cancel()
        entry.task?.cancel()
        line.removeAll { if case .begin(fileID) = $0 { true } else { false } }
        // A parked task must run to see that it is cancelled.
        for (index, turn) in line.enumerated() {
            if case .goOn(fileID, let continuation) = turn {
                line.remove(at: index)
                parked -= 1
                working += 1
                continuation.resume()
                break
            }
        }
        await entry.task?.value
        leave(fileID, .success(try? await files.find(fileID)))
    }

    // MARK: The line

    private func add(_ fileID: String) {
        guard !isStopping, entries[fileID] == nil else { return }
        entries[fileID] = Entry()
        line.append(.begin(fileID))
        pump()
    }

    private func pump() {
        while working < concurrency, !line.isEmpty {
            working += 1
            switch line.removeFirst() {
            case .begin(let id):
                entries[id]?.task = Task(priority: .utility) { await self.process(id) }
            case .goOn(_, let continuation):
                parked -= 1
                continuation.resume()
            }
        }
    }

    /// Lets others go first when there are any.
    private func giveWay(_ fileID: String) async {
        guard !line.isEmpty, parked < Self.mostParked, !Task.isCancelled, !isStopping else { return }
        parked += 1
        await withCheckedContinuation { continuation in
            line.append(.goOn(fileID, continuation))
            working -= 1
            pump()
        }
    }

    /// Who waits for another file's work must not hold a place: the other may need it to go on.
    private func leavePlace() {
        working -= 1
        pump()
    }

    /// For the last steps of a task that ends; may exceed the limit for a moment.
    private func takePlace() { working += 1 }

    private func returnToLine(_ fileID: String) async {
        guard working >= concurrency, !Task.isCancelled, !isStopping else {
            working += 1
            return
        }
        parked += 1
        await withCheckedContinuation { line.insert(.goOn(fileID, $0), at: 0) }
    }

    private func releaseLine() {
        for turn in line {
            guard case .goOn(_, let continuation) = turn else { continue }
            parked -= 1
            working += 1
            continuation.resume()
        }
        line = []
    }

    private func removeWaiter(_ number: Int, of fileID: String) {
        entries[fileID]?.waiters.removeValue(forKey: number)?.resume(throwing: CancellationError())
    }

    private func leave(_ fileID: String, _ result: Result<File?, any Error>) {
        guard let entry = entries.removeValue(forKey: fileID) else { return }
        for waiter in entry.waiters.values { waiter.resume(with: result) }
    }

    // MARK: The work

    private func process(_ fileID: String) async {
        let outcome = await attempt(fileID)
        working -= 1
        switch outcome {
        case .done(let file): leave(fileID, .success(file))
        case .refused(let error): leave(fileID, .failure(error))
        case .interrupted:
            // `cancel` and `stop` speak to those who wait.
            entries[fileID]?.task = nil
        case .later(let error):
            entries[fileID]?.task = nil
            pauseBeforeRetry(fileID, error)
        }
        pump()
    }

    private enum Outcome {
        case done(File?)
        /// A completed file could not be made anew.
        case refused(AppError)
        case later(AppError)
        case interrupted
    }

    private func pauseBeforeRetry(_ fileID: String, _ error: AppError) {
        guard !isStopping, var entry = entries[fileID] else { return }
        let delay = retryPolicy.delay(retry: entry.retries, asked: error.retryAfter)
        entry.retries += 1
        entry.progress.obstacle = error.message
        entry.pause = Task {
            guard (try? await Task.sleep(for: delay)) != nil else { return }
            self.again(fileID)
        }
        entries[fileID] = entry
    }

    private func again(_ fileID: String) {
        guard entries[fileID] != nil, !isStopping else { return }
        line.append(.begin(fileID))
        pump()
    }

    private func attempt(_ fileID: String) async -> Outcome {
        do {
            try Task.checkCancellation()
            guard let job = try await jobs.begin(fileID) else { return .done(nil) }
            let recipe = IngestionRecipe(settings)
            let document = try await text(of: job, recipe: recipe)
            try await jobs.reached(.embedding, fileID)
            try await builder.build(document.id, recipe: recipe) { [self] share in
                await report(fileID, .embedding, percent: 10 + Int(share * 89))
                await giveWay(fileID)
                try Task.checkCancellation()
            } whileWaiting: { [self] wait in
                await leavePlace()
                do {
                    try await wait()
                } catch {
                    await takePlace()
                    throw error
                }
                await returnToLine(fileID)
            }
            let file = try await jobs.complete(fileID, isEmbedded: recipe.chunking != nil)
            logger.debug("file completed", metadata: ["file": "\(fileID)"])
            return .done(file)
        } catch {
            return await failed(fileID, error)
        }
    }

    /// The document with the file's text: the one that an earlier attempt made, else from the stored text, else from the upload.
    private func text(of job: IngestionJob, recipe: IngestionRecipe) async throws -> Document {
        let file = job.file
        if let id = job.documentID, let document = try await documents.find(id), document.state != .draft {
            if recipe.made(document) { return document }
            // The settings changed while it was in line.
            return try await builder.store(copyOf: id, for: .file(id: file.id), recipe: recipe)
        }
        guard job.attempts <= Self.mostAttempts else {
            throw AppError(.badRequest, "Processing was begun \(Self.mostAttempts) times and never came to an end.")
        }
        report(file.id, .extracting, percent: 1)
        try await jobs.reached(.extracting, file.id)
        if let id = file.documentID { return try await builder.store(copyOf: id, for: .file(id: file.id), recipe: recipe) }
        guard let path = await blobs.path(of: file.id) else {
            throw AppError(.badRequest, "The uploaded file is not there any more.")
        }
        let request = ExtractionRequest(path: path, filename: file.filename, contentType: file.contentType)
        let document = try await builder.store(for: .file(id: file.id), recipe: recipe) { [extractor] receive in
            try await extractor.read(request, into: receive)
        }
        report(file.id, .chunking, percent: 10)
        return document
    }

    private func report(_ fileID: String, _ stage: IngestionStage, percent: Int) {
        entries[fileID]?.progress = IngestionProgress(stage: stage, percent: percent)
    }

    private func failed(_ fileID: String, _ error: any Error) async -> Outcome {
        if Task.isCancelled || isStopping { return .interrupted }
        do {
            guard let before = try await files.find(fileID) else { return .done(nil) }
            let retries = entries[fileID]?.retries ?? 0
            if let error = error as? AppError, error.code == .unavailable || error.code == .tooManyRequests, retries < retryPolicy.limit {
                return .later(error)
            }
            let reason = Self.reason(error)
            if (error as? AppError) == nil {
                logger.error("file could not be processed", metadata: ["file": "\(fileID)", "error": "\(error)"])
            }
            let file = try await jobs.fail(fileID, reason: reason)
            return before.state == .completed ? .refused(AppError(.badRequest, reason)) : .done(file)
        } catch {
            // The database itself failed: nothing can be noted; the next start tries again.
            logger.error("file could not be marked as failed", metadata: ["file": "\(fileID)", "error": "\(error)"])
            return .refused(AppError.internalError)
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? AppError, error.code != .internalError else {
            return "Something went wrong on our side while this file was processed."
        }
        return error.message
    }
}
