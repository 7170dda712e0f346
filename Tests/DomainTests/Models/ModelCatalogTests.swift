import Domain
import Synchronization
import TestSupport
import Testing

@Suite struct ModelCatalogTests {
    private static let admin = Principal.make("admin", role: .admin)
    private static let user = Principal.make("user")

    private struct Fixture {
        var settings: Settings
        var rows = MemoryWorkspaceModelStore()
        var grants = MemoryAccessGrantStore()
        var lister: ScriptedLister
        var catalog: ModelCatalog
        var library: ModelLibrary

        init(openAI: Int = 1, ollama: Int = 1, configs: JSONValue = [:], _ script: @escaping ScriptedLister.Script) async throws {
            settings = try Settings(environment: [
                "OPENAI_API_BASE_URLS": (0..<openAI).map { "http://o\($0)/v1" }.joined(separator: ";"),
                "OLLAMA_BASE_URLS": (0..<ollama).map { "http://l\($0)" }.joined(separator: ";"),
                "OPENAI_API_CONFIGS": configs.jsonText,
            ])
            lister = ScriptedLister(script)
            catalog = ModelCatalog(
                book: ConnectionBook(settings: settings), settings: settings, lister: lister, rows: rows, grants: grants)
            library = ModelLibrary(rows: rows, grants: grants, catalog: catalog)
            try await catalog.load()
        }

        func ids(_ principal: Principal = ModelCatalogTests.admin) async throws -> [String] {
            try await catalog.list(for: principal, refresh: false).map(\.id)
        }

        func make(_ id: String, base: String?, params: JSONObject = [:], grants: [AccessGrant] = []) async throws {
            _ = try await library.create(
                .init(id: id, baseModelID: base, name: id, params: params, meta: [:]), grants: grants, by: ModelCatalogTests.admin)
        }
    }

    private static func simple(_ connection: Connection) -> [ListedModel] {
        connection.kind == .openAI ? [.make("gpt"), .make("embed")] : [.make("llama:latest"), .make("granite:8b")]
    }

    private static func read(_ id: String, _ principal: String = "*") -> AccessGrant {
        AccessGrant(resource: ResourceID(.model, id), principalType: .user, principalID: principal, permission: .read)
    }

    private func failure(_ work: () async throws -> Void) async -> AppError? {
        do {
            try await work()
            return nil
        } catch { return error as? AppError }
    }

    @Test func `all upstreams are one list`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        #expect(try await fixture.ids() == ["gpt", "embed", "llama:latest", "granite:8b"])
    }

    @Test func `a dead upstream hides nobody else`() async throws {
        let fixture = try await Fixture(openAI: 2) { connection in
            if connection.index == 1 { throw AppError(.upstreamFailed, "dead") }
            return Self.simple(connection)
        }
        #expect(try await fixture.ids() == ["gpt", "embed", "llama:latest", "granite:8b"])
    }

    @Test func `an upstream that hangs does not stop a list that is known`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        fixture.lister.answer { _ in
            try await Task.sleep(for: .seconds(3600))
            return []
        }
        try await Task.sleep(for: .milliseconds(500))
        #expect(try await fixture.ids().count == 4)
    }

    @Test func `a model of an upstream that went down is not listed, but still found by name`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        fixture.lister.answer { connection in
            if connection.kind == .openAI { throw AppError(.upstreamFailed, "gone") }
            return Self.simple(connection)
        }
        let listed = try await fixture.catalog.list(for: Self.admin, refresh: true).map(\.id)
        #expect(listed == ["llama:latest", "granite:8b"])
        #expect(fixture.catalog.remembered("gpt", for: Self.admin) != nil)
    }

    @Test func `requests at the same time ask each upstream once`() async throws {
        let fixture = try await Fixture { connection in
            try await Task.sleep(for: .milliseconds(50))
            return Self.simple(connection)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = try await fixture.ids() } }
            try await group.waitForAll()
        }
        #expect(fixture.lister.asked == 2)
    }

    @Test func `prefix, allow-list and tags of a connection`() async throws {
        let fixture = try await Fixture(
            ollama: 0, configs: ["0": ["prefix_id": "p", "model_ids": ["a", "b"], "tags": [["name": "t"]]]]
        ) { _ in
            Issue.record("with an allow-list the upstream is not asked")
            return []
        }
        let models = try await fixture.catalog.list(for: Self.admin, refresh: false)
        #expect(models.map(\.id) == ["p.a", "p.b"])
        #expect(models[0].wire["tags"] == [["name": "t"]])
        guard case .openAI(_, let upstreamID) = models[0].route else {
            Issue.record("not an OpenAI route")
            return
        }
        #expect(upstreamID == "a")
    }

    @Test func `a change of the settings acts at once`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        try await fixture.settings.update(Setting.openAIConfigs, ["0": ["enable": false]])
        #expect(try await fixture.ids() == ["llama:latest", "granite:8b"])
        try await fixture.settings.update(Setting.enableOllama, false)
        #expect(try await fixture.ids() == [])
        #expect(fixture.catalog.remembered("gpt", for: Self.admin) == nil)
    }

    @Test func `the same Ollama model on two nodes is one entry`() async throws {
        let fixture = try await Fixture(openAI: 0, ollama: 2) { Self.simple($0) }
        let models = try await fixture.catalog.list(for: Self.admin, refresh: false)
        #expect(models.map(\.id) == ["llama:latest", "granite:8b"])
        #expect(models[0].wire["ollama"]?["urls"] == [0, 1])
        guard case .ollama(let nodes, _) = models[0].route else {
            Issue.record("not an Ollama route")
            return
        }
        #expect(nodes.map(\.index) == [0, 1])
    }

    @Test func `the same OpenAI model on two upstreams has an alternate`() async throws {
        let fixture = try await Fixture(openAI: 2, ollama: 0) { Self.simple($0) }
        _ = try await fixture.ids()
        #expect(fixture.catalog.remembered("gpt", for: Self.admin)?.base.alternates.count == 1)
    }

    @Test(arguments: [("llama", true), ("llama:latest", true), ("granite", false), ("gpt:latest", false)])
    func `a name without a tag means latest`(_ name: String, _ isFound: Bool) async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        #expect((fixture.catalog.remembered(name, for: Self.admin) != nil) == isFound)
    }

    @Test func `a model that is new at an upstream is found by name`() async throws {
        let fixture = try await Fixture(ollama: 0) { Self.simple($0) }
        _ = try await fixture.ids()
        fixture.lister.answer { _ in [.make("new")] }
        try await Task.sleep(for: .milliseconds(500))
        #expect(try await fixture.catalog.resolve("new", for: Self.admin).entry.id == "new")
    }

    // MARK: Stored models

    @Test func `a workspace model is there the moment it is made`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        try await fixture.make("ws", base: "gpt", params: ["system": "secret"])
        let resolved = try #require(fixture.catalog.remembered("ws", for: Self.admin))
        #expect(resolved.base.id == "gpt")
        #expect(resolved.entry.workspace?.params["system"] == "secret")
        let wire = try #require(try await fixture.catalog.list(for: Self.admin, refresh: false).last).wire
        #expect(wire["preset"] == true)
        #expect(wire["info"]?["params"] == [:])
        #expect(!JSONValue.object(wire).jsonText.contains("secret"))
    }

    @Test func `a workspace model without its base is listed and not usable`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        try await fixture.make("ws", base: "gone")
        #expect(try await fixture.ids().contains("ws"))
        let failure = await failure { _ = try await fixture.catalog.resolve("ws", for: Self.admin) }
        #expect(failure?.code == .badRequest)
    }

    @Test func `a workspace model that is switched off is neither listed nor usable`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        try await fixture.make("ws", base: "gpt")
        _ = try await fixture.library.toggle("ws", by: Self.admin)
        #expect(try await !fixture.ids().contains("ws"))
        #expect(fixture.catalog.remembered("ws", for: Self.admin) == nil)
    }

    @Test func `settings of a provider's model rename it and switch it off`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        _ = try await fixture.library.create(
            .init(id: "gpt", baseModelID: nil, name: "Renamed", params: [:], meta: [:]), grants: [], by: Self.admin)
        #expect(fixture.catalog.remembered("gpt", for: Self.admin)?.entry.name == "Renamed")
        _ = try await fixture.library.toggle("gpt", by: Self.admin)
        #expect(fixture.catalog.remembered("gpt", for: Self.admin) == nil)
        let base = await fixture.catalog.providerEntries(for: nil).map(\.id)
        #expect(base.contains("gpt"))
    }

    // MARK: Access

    @Test func `users see nothing that is not granted`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        try await fixture.make("ws", base: "gpt")
        #expect(try await fixture.ids(Self.user) == [])
    }

    @Test(arguments: ["*", "user"])
    func `a grant opens one model`(_ principal: String) async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        _ = try await fixture.library.share("gpt", name: nil, grants: [Self.read("gpt", principal)], by: Self.admin)
        #expect(try await fixture.ids(Self.user) == ["gpt"])
        #expect(fixture.catalog.remembered("embed", for: Self.user) == nil)
        #expect((try await fixture.ids(.make("other")) == ["gpt"]) == (principal == "*"))
    }

    @Test func `a grant to a group opens it to its members`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        let grant = AccessGrant(resource: ResourceID(.model, "gpt"), principalType: .group, principalID: "g", permission: .read)
        _ = try await fixture.library.share("gpt", name: nil, grants: [grant], by: Self.admin)
        #expect(try await fixture.ids(.make("member", groups: ["g"])) == ["gpt"])
        #expect(try await fixture.ids(Self.user) == [])
    }

    @Test func `a workspace model also needs its base`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        try await fixture.make("ws", base: "gpt", grants: [Self.read("ws")])
        #expect(try await fixture.ids(Self.user) == ["ws"])
        #expect(fixture.catalog.remembered("ws", for: Self.user) == nil)
        _ = try await fixture.library.share("gpt", name: nil, grants: [Self.read("gpt")], by: Self.admin)
        #expect(fixture.catalog.remembered("ws", for: Self.user) != nil)
    }

    @Test func `users do not learn who else may use a model`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        _ = try await fixture.library.share("gpt", name: nil, grants: [Self.read("gpt", "user"), Self.read("gpt", "other")], by: Self.admin)
        let entry = try #require(try await fixture.catalog.list(for: Self.user, refresh: false).first)
        #expect(entry.wire["info"]?["access_grants"] == [])
    }

    @Test func `an API key reaches only its models`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        let key = Principal.make("admin", role: .admin, models: ["gpt"])
        #expect(try await fixture.ids(key) == ["gpt"])
        #expect(fixture.catalog.remembered("embed", for: key) == nil)
    }

    // MARK: Who may change what

    private static func maker(_ id: String) -> Principal {
        var principal = Principal.make(id)
        principal.permissions = Permissions.standard.overlaid(with: ["workspace": ["models": true]])
        return principal
    }

    @Test func `without the permission nobody makes models`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        let failure = await failure {
            _ = try await fixture.library.create(
                .init(id: "x", baseModelID: "gpt", name: "x", params: [:], meta: [:]), grants: [], by: Self.user)
        }
        #expect(failure?.code == .unauthorized)
    }

    @Test func `a user cannot open a provider's model by making a row for it`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        let failure = await failure {
            _ = try await fixture.library.create(
                .init(id: "gpt", baseModelID: nil, name: "x", params: [:], meta: [:]), grants: [], by: Self.maker("m"))
        }
        #expect(failure?.code == .unauthorized)
        #expect(fixture.catalog.remembered("gpt", for: Self.maker("m")) == nil)
    }

    @Test func `a user cannot turn an own workspace model into settings of a provider's model`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        let maker = Self.maker("m")
        _ = try await fixture.library.create(.init(id: "mine", baseModelID: "gpt", name: "x", params: [:], meta: [:]), grants: [], by: maker)
        let failure = await failure {
            _ = try await fixture.library.update(.init(id: "mine", baseModelID: nil, name: "x", params: [:], meta: [:]), by: maker)
        }
        #expect(failure?.code == .unauthorized)
    }

    @Test func `publishing needs its own permission`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        let made = try await fixture.library.create(
            .init(id: "mine", baseModelID: "gpt", name: "x", params: [:], meta: [:]), grants: [Self.read("mine")], by: Self.maker("m"))
        #expect(made.grants.isEmpty)
    }

    @Test func `those who may only use a model see neither its parameters nor its grants`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        try await fixture.make("ws", base: "gpt", params: ["system": "secret"], grants: [Self.read("ws")])
        let seen = try await fixture.library.model("ws", for: Self.user)
        #expect(seen.isWritable == false)
        #expect(seen.wire["params"] == [:])
        #expect(seen.wire["access_grants"] == [])
    }

    @Test func `others cannot change, share, switch or delete a model`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        try await fixture.make("ws", base: "gpt", grants: [Self.read("ws")])
        let draft = ModelLibrary.Draft(id: "ws", baseModelID: "gpt", name: "y", params: [:], meta: [:])
        #expect(await failure { _ = try await fixture.library.update(draft, by: Self.user) }?.code == .badRequest)
        #expect(await failure { _ = try await fixture.library.share("ws", name: nil, grants: [], by: Self.user) }?.code == .unauthorized)
        #expect(await failure { _ = try await fixture.library.toggle("ws", by: Self.user) }?.code == .unauthorized)
        #expect(await failure { try await fixture.library.delete("ws", by: Self.user) }?.code == .unauthorized)
        #expect(try await fixture.ids().contains("ws"))
    }

    @Test func `deleting a model deletes its grants`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        try await fixture.make("ws", base: "gpt", grants: [Self.read("ws")])
        try await fixture.library.delete("ws", by: Self.admin)
        #expect(try await fixture.grants.grants(kind: .model).isEmpty)
    }

    @Test func `ids are taken once`() async throws {
        let fixture = try await Fixture { Self.simple($0) }
        _ = try await fixture.ids()
        try await fixture.make("ws", base: "gpt")
        #expect(await failure { try await fixture.make("ws", base: "gpt") }?.code == .unauthorized)
        #expect(await failure { try await fixture.make("embed", base: "gpt") }?.code == .unauthorized)
    }
}
