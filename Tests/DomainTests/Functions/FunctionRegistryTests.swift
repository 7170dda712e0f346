import Domain
import TestSupport
import Testing

struct FunctionRegistryTests {
    private struct PlainSealer: SecretSealer {
        func seal(_ text: String) throws -> String { text }
        func open(_ sealed: String) throws -> String {
            guard sealed.hasPrefix("{") else { throw AppError(.internalError, "A stored secret is damaged.") }
            return sealed
        }
    }

    private static func filter(_ id: String, toggle: Bool = false, active: Bool = true, global: Bool = true) -> Function {
        Function(
            id: id, userID: "u", name: id, kind: .filter, content: "", manifest: FunctionManifest(kind: .filter, hasInlet: true, isToggle: toggle),
            isActive: active, isGlobal: global)
    }

    @Test(arguments: [
        (filter("f"), true), (filter("f", toggle: true), false), (filter("f", active: false), false), (filter("f", global: false), false),
    ]) func `only a filter that every chat must pass closes the short way`(function: Function, closes: Bool) async throws {
        let store = MemoryFunctionStore()
        try await store.insert(function)
        let registry = FunctionRegistry(store: store, valves: ValveBook(store: MemoryValveStore(), sealer: PlainSealer()))
        #expect(!registry.hasGlobalFilter)
        try await registry.reload()
        #expect(registry.hasGlobalFilter == closes)
    }

    @Test func `valves that cannot be opened leave the code its defaults`() async throws {
        let (store, valves) = (MemoryFunctionStore(), MemoryValveStore())
        try await store.insert(Self.filter("f"))
        try await valves.put("damaged", for: PluginKey(.function, "f"), userID: nil)
        let registry = FunctionRegistry(store: store, valves: ValveBook(store: valves, sealer: PlainSealer()))
        try await registry.reload()
        #expect(registry.active("f")?.valves == [:])
    }

    @Test func `events beyond what anybody reads are dropped`() {
        let queue = ChatEventQueue()
        for index in 0..<(ChatEventQueue.mostWaiting + 10) { queue.push(["type": "status", "n": .int(index)]) }
        queue.push(["type": .string(String(repeating: "x", count: ChatEventQueue.largestEvent))])
        let events = queue.drain()
        #expect(events.count == ChatEventQueue.mostWaiting && events[0]["n"] == 0)
        #expect(queue.drain().isEmpty)
        queue.close()
        queue.push(["type": "status"])
        #expect(!queue.hasSome)
    }
}
