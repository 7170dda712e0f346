import Synchronization

/// Every model there is, in memory. Lists of the upstreams are read in the background; stored rows and grants are read when they change.
package final class ModelCatalog: ModelDirectory {
    /// A list younger than this is not read again.
    private static let freshFor: Duration = .milliseconds(400)

    private struct State {
        var snapshot = ModelSnapshot.empty
        var rows: [WorkspaceModel] = []
        var grants: [String: [AccessGrant]] = [:]
        /// Reads of the rows may overtake each other; the one that began last counts.
        var rowsTicket = 0
        var rowsInForce = 0
        var compileTicket = 0
        var compileInForce = 0
    }

    private let book: ConnectionBook
    private let settings: Settings
    private let rows: any WorkspaceModelStore
    private let grants: any AccessGrantStore
    private let builtIns: [any BuiltInModel]
    private let sources: [any ExtraModelSource]
    private let state = Mutex(State())
    private let lists: UpstreamLists

    /// Calls `load` before it is used.
    package init(
        book: ConnectionBook, settings: Settings, lister: any ModelLister, rows: any WorkspaceModelStore, grants: any AccessGrantStore,
        builtIns: [any BuiltInModel] = [], sources: [any ExtraModelSource] = []
    ) {
        self.book = book
        self.settings = settings
        self.rows = rows
        self.grants = grants
        self.builtIns = builtIns
        self.sources = sources
        let changes = ChangeRelay()
        lists = UpstreamLists(lister: lister, seconds: { settings[.modelListSeconds] }, changed: { changes.fire() })
        changes.receiver = { [weak self] in self?.compile() }
        book.observe { [weak self] in self?.connectionsChanged() }
        settings.observe { [weak self] names in
            if names.contains(Setting.enableQuotes.definition.name) { self?.compile() }
        }
    }

    /// Reads the stored rows, and begins to read the upstreams' lists.
    package func load() async throws {
        try await rowsChanged()
        refreshInBackground()
    }

    // MARK: ModelDirectory

    package func list(for principal: Principal, refresh: Bool) async throws -> [ModelEntry] {
        await refreshLists(insist: refresh)
        return snapshot.list(for: principal)
    }

    package func remembered(_ id: String, for principal: Principal) -> ResolvedModel? { snapshot.resolve(id, for: principal) }

    package func resolve(_ id: String, for principal: Principal) async throws -> ResolvedModel {
        if let found = snapshot.resolve(id, for: principal) { return found }
        // A model that is there but not for the principal is not there for them; nothing an upstream says can change that.
        if snapshot.find(id) == nil {
            // There is nothing to answer with but what the upstreams say, so this waits for them as for `refresh=true`.
            await lists.refresh(askable, olderThan: Self.freshFor, insist: true)
            if let found = snapshot.resolve(id, for: principal) { return found }
        }
        throw AppError.modelNotFound
    }

    // MARK: What controllers ask beyond the port

    /// What is there under the id whoever asks, or `nil`. For error messages that distinguish "unknown" from "not granted".
    package func find(_ id: String) async -> ResolvedModel? {
        if let found = snapshot.find(id) { return found }
        await refreshLists(insist: false)
        return snapshot.find(id)
    }

    /// Whether something other than a stored row has the id, as far as is known.
    func isProvided(_ id: String) async -> Bool {
        snapshot.providerEntries(for: nil).contains { $0.id == id }
    }

    /// Models as their providers list them.
    /// - Parameter principal: `nil` for all of them, switched off ones, too.
    package func providerEntries(for principal: Principal?, refresh: Bool = false) async -> [ModelEntry] {
        await refreshLists(insist: refresh)
        return snapshot.providerEntries(for: principal)
    }

    /// The upstreams of a kind may have other models now.
    package func expire(_ kind: Connection.Kind) { lists.expire(kind) }

    // MARK: Changes

    /// Call after every change of stored rows or their grants. They are in force when it returns.
    package func rowsChanged() async throws {
        let ticket = state.withLock { state in
            state.rowsTicket += 1
            return state.rowsTicket
        }
        let rows = try await rows.all()
        let grants = try await grants.grants(kind: .model)
        state.withLock { state in
            guard ticket > state.rowsInForce else { return }
            state.rowsInForce = ticket
            state.rows = rows
            state.grants = grants
        }
        compile()
    }

    /// Call when an `ExtraModelSource` has other models.
    package func sourcesChanged() { compile() }

    /// Reads the lists again now and then, so that what only chats use stays known. Ends when its task is cancelled.
    package func keepFresh(every interval: Duration = .seconds(60)) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            await lists.refresh(askable, olderThan: interval / 2)
        }
    }

    private var snapshot: ModelSnapshot { state.withLock { $0.snapshot } }

    private var askable: [Connection] { book.usable(.openAI) + book.usable(.ollama) }

    private func refreshLists(insist: Bool) async {
        await lists.refresh(askable, olderThan: insist ? .zero : Self.freshFor, insist: insist)
    }

    private func refreshInBackground() {
        Task { [lists, askable] in await lists.refresh(askable, olderThan: Self.freshFor) }
    }

    private func connectionsChanged() {
        lists.keep(only: book.all(.openAI) + book.all(.ollama))
        compile()
    }

    /// Makes the next snapshot. Compilations may overtake each other; the one that began last counts, and it saw everything.
    private func compile() {
        let (ticket, rows, grants) = state.withLock { state in
            state.compileTicket += 1
            return (state.compileTicket, state.rows, state.grants)
        }
        var provided = ProviderModels()
        for connection in book.usable(.openAI) { provided.addOpenAI(connection, known: lists.known(connection)) }
        provided.addOllama(book.usable(.ollama).map { ($0, lists.known($0)) })
        if settings[.enableQuotes] { for model in builtIns { provided.addBuiltIn(model) } }
        for source in sources { for entry in source.models { provided.add(.init(entry: entry, isListed: true)) } }
        let next = ModelSnapshot(provided: provided, rows: rows, grants: grants, isOpenToAll: settings[.bypassModelAccessControl])
        state.withLock { state in
            guard ticket > state.compileInForce else { return }
            state.compileInForce = ticket
            state.snapshot = next
        }
    }
}

/// Lets the lists call a catalog that is made after them.
private final class ChangeRelay: Sendable {
    private let stored = Mutex<(@Sendable () -> Void)?>(nil)

    var receiver: (@Sendable () -> Void)? {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }

    func fire() { receiver?() }
}
