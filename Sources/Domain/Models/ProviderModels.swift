/// What the upstreams, this program and its functions serve, before stored rows are applied.
struct ProviderModels: Sendable {
    struct Item: Sendable {
        var entry: ModelEntry
        /// Models of an upstream that is down stay usable by name but are not listed.
        var isListed: Bool
    }

    private(set) var items: [Item] = []
    private var indices: [String: Int] = [:]

    subscript(id: String) -> Item? { indices[id].map { items[$0] } }

    /// The first to serve an id has it; later ones become its alternates. One that is up goes before one that is down.
    mutating func add(_ item: Item) {
        guard let index = indices[item.entry.id] else {
            indices[item.entry.id] = items.count
            items.append(item)
            return
        }
        if item.isListed, !items[index].isListed {
            var replacement = item
            replacement.entry.alternates = [items[index].entry.route] + items[index].entry.alternates
            items[index] = replacement
        } else {
            items[index].entry.alternates.append(item.entry.route)
        }
    }

    mutating func addOpenAI(_ connection: Connection, known: UpstreamLists.Known?) {
        let listed = connection.modelIDs.isEmpty ? known?.models ?? [] : connection.modelIDs.map { ListedModel(id: $0, raw: ["id": .string($0)]) }
        let isListed = !connection.modelIDs.isEmpty || known?.isDown == false
        for model in listed {
            add(Item(entry: Self.entry(model, on: connection), isListed: isListed))
        }
    }

    /// One entry for each model, however many nodes have it.
    mutating func addOllama(_ nodes: [(connection: Connection, known: UpstreamLists.Known?)]) {
        struct Found {
            var model: ListedModel
            var connections: [Connection]
            var isListed: Bool
        }
        var found: [String: Found] = [:]
        var order: [String] = []
        for (connection, known) in nodes {
            for model in known?.models ?? [] where connection.modelIDs.isEmpty || connection.modelIDs.contains(model.id) {
                let id = connection.listedID(model.id)
                let isUp = known?.isDown == false
                guard var other = found[id] else {
                    found[id] = Found(model: model, connections: [connection], isListed: isUp)
                    order.append(id)
                    continue
                }
                // A node that is down is tried last.
                if isUp && !other.isListed { other.connections.insert(connection, at: 0) } else { other.connections.append(connection) }
                other.isListed = other.isListed || isUp
                if model.isLoaded == true { other.model.isLoaded = true }
                found[id] = other
            }
        }
        for id in order {
            guard let entry = found[id] else { continue }
            add(Item(entry: Self.entry(entry.model, id: id, on: entry.connections), isListed: entry.isListed))
        }
    }

    mutating func addBuiltIn(_ model: any BuiltInModel) {
        let wire: JSONObject = [
            "id": .string(model.id), "object": "model", "created": 0, "owned_by": "openai", "connection_type": "local",
            "name": .string(model.name), "built_in": true, "actions": [], "filters": [], "tags": [],
        ]
        add(Item(entry: ModelEntry(id: model.id, name: model.name, route: .builtIn(model.id), wire: wire), isListed: true))
    }

    private static func entry(_ model: ListedModel, on connection: Connection) -> ModelEntry {
        let id = connection.listedID(model.id)
        let name = model.raw["name"]?.string ?? id
        var raw = model.raw
        raw["id"] = .string(id)
        raw["connection_type"] = .string(connection.connectionType)
        var wire: JSONObject = ["id": .string(id), "object": "model", "created": model.raw["created"]?.int.map(JSONValue.int) ?? 0]
        wire["owned_by"] = "openai"
        wire["connection_type"] = .string(connection.connectionType)
        wire["name"] = .string(name)
        for (key, value) in model.raw where wire[key] == nil { wire[key] = value }
        wire["openai"] = .object(raw)
        wire["provider"] = connection.config["provider"] ?? ""
        wire["urlIdx"] = .int(connection.index)
        wire["actions"] = []
        wire["filters"] = []
        wire["tags"] = .array(connection.tags)
        return ModelEntry(id: id, name: name, route: .openAI(connection, upstreamID: model.id), wire: wire)
    }

    private static func entry(_ model: ListedModel, id: String, on connections: [Connection]) -> ModelEntry {
        let first = connections[0]
        var raw = model.raw
        raw["model"] = .string(id)
        raw["connection_type"] = .string(first.connectionType)
        raw["urls"] = .array(connections.map(\.index).sorted().map(JSONValue.int))
        let wire: JSONObject = [
            "id": .string(id), "name": .string(model.name), "object": "model", "created": 0, "owned_by": "ollama",
            "connection_type": .string(first.connectionType), "loaded": .bool(model.isLoaded ?? false), "ollama": .object(raw),
            "actions": [], "filters": [], "tags": .array(first.tags),
        ]
        return ModelEntry(id: id, name: model.name, route: .ollama(connections, upstreamID: model.id), wire: wire)
    }
}
