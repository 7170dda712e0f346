import Domain
import Foundation
import PluginHost
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite(.serialized) struct WorkerLifecycleTests {
    /// Children of this process that are workers' launchers; zombies included.
    static func launchers() -> [(pid: Int32, state: String)] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { name in
            guard let pid = Int32(name), let stat = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8),
                let end = stat.lastIndex(of: ")")
            else { return nil }
            let fields = stat[stat.index(end, offsetBy: 2)...].split(separator: " ")
            guard fields.count > 2, Int32(fields[1]) == getpid(), stat.contains("(python") else { return nil }
            return (pid, String(fields[0]))
        }
    }

    /// Whether the process comes down to this many descriptors. Other tests of it have some of their own for a while; a leak stays.
    static func settles(at limit: Int) async -> Bool {
        for _ in 0..<240 where descriptors() > limit { try? await Task.sleep(for: .milliseconds(250)) }
        return descriptors() <= limit
    }

    static func descriptors() -> Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0 }

    @Test(arguments: [true, false]) func `a hundred calls of one function at once`(asynchronous: Bool) async throws {
        let host = FunctionFixture.host()
        let code = AttackTests.pipe(
            asynchronous ? "await asyncio.sleep(0.05)\nreturn body['n']" : "time.sleep(0.05)\nreturn body['n']", asynchronous: asynchronous)
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<100 {
                group.addTask { try await host.pipe(["n": .string("\(number)")], in: FunctionCall(code)).text() }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(answers == Set((0..<100).map(String.init)))
        await host.stop()
    }

    @Test func `a worker that blocks its loop gets a second beside it`() async throws {
        let host = FunctionFixture.host()
        let code = AttackTests.pipe("if body.get('block'): time.sleep(2)\nreturn str(os.getuid()) + str(id(self))", asynchronous: true)
        _ = try await host.pipe([:], in: FunctionCall(code)).text()
        async let blocked = host.pipe(["block": true], in: FunctionCall(code)).text()
        try await Task.sleep(for: .milliseconds(100))
        let start = ContinuousClock.now
        // The first worker does not look at this call; another one answers it.
        _ = try await host.pipe([:], in: FunctionCall(code)).text()
        let second = ContinuousClock.now - start
        _ = try await blocked
        #expect(second < .seconds(60))
        await host.stop()
    }

    @Test func `nothing is left after stopping: no process, no zombie, no descriptor`() async throws {
        let before = Self.descriptors()
        for round in 0..<3 {
            let host = FunctionFixture.host()
            for index in 0..<3 {
                let code = AttackTests.pipe("return '\(round) \(index)'")
                #expect(try await host.pipe([:], in: FunctionCall(code)).text() == "\(round) \(index)")
                if index == 1 { await host.forget(code.id) }
            }
            await host.stop()
        }
        #expect(Self.launchers().filter { $0.state == "Z" }.isEmpty)
        // Other tests of this process have descriptors of their own.
        #expect(await Self.settles(at: before + 24))
    }

    @Test func `a client that leaves ends the code`() async throws {
        let host = FunctionFixture.host()
        let code = AttackTests.pipe(
            "await __event_emitter__({'type': 'status', 'data': {}})\ntry:\n    await asyncio.sleep(600)\nexcept asyncio.CancelledError:\n"
                + "    print('cancelled', flush=True)\n    raise",
            asynchronous: true)
        let services = RecordingServices()
        let task = Task { try await host.pipe([:], in: FunctionCall(code, services: services)).text() }
        try await eventually { !services.events.isEmpty }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await eventually { await host.log(of: code.id).contains("cancelled") }
        await host.stop()
    }

    @Test func `a reader that stops reading ends a generator`() async throws {
        let host = FunctionFixture.host()
        let code = AttackTests.pipe(
            "def g():\n    try:\n        while True: yield 'x' * 1000\n    finally:\n        print('closed', flush=True)\nreturn g()")
        do {
            guard case .pieces(let pieces) = try await host.pipe([:], in: FunctionCall(code)) else {
                Issue.record("no pieces")
                return
            }
            var count = 0
            for try await _ in pieces {
                count += 1
                if count == 3 { break }
            }
        }
        try await eventually { await host.log(of: code.id).contains("closed") }
        await host.stop()
    }

    @Test func `idle workers stop and come back`() async throws {
        var limits = FunctionFixture.limits
        limits.idleSeconds = 0.3
        let host = FunctionFixture.host(limits: limits)
        let code = AttackTests.pipe("self.count = getattr(self, 'count', 0) + 1\nreturn str(self.count)")
        #expect(try await host.pipe([:], in: FunctionCall(code)).text() == "1")
        try await eventually { try await host.pipe([:], in: FunctionCall(code)).text() == "1" }
        await host.stop()
    }

    @Test func `another version of the code is another worker`() async throws {
        let host = FunctionFixture.host()
        let id = "versioned_" + UUID().uuidString.prefix(6).lowercased()
        let make = { (text: String) in FunctionCode(id: id, content: "class Pipe:\n    def pipe(self, body): return '\(text)'\n", version: text) }
        #expect(try await host.pipe([:], in: FunctionCall(make("one"))).text() == "one")
        #expect(try await host.pipe([:], in: FunctionCall(make("two"))).text() == "two")
        await host.forget(id)
        #expect(try await host.pipe([:], in: FunctionCall(make("three"))).text() == "three")
        await host.stop()
        await #expect(throws: AppError.self) { try await host.pipe([:], in: FunctionCall(make("four"))) }
    }

    @Test func `each user can have a worker of their own`() async throws {
        let host = FunctionFixture.host(perUser: true)
        let code = AttackTests.pipe("self.seen = getattr(self, 'seen', []) + [__user__['id']]\nreturn str(self.seen)")
        #expect(try await host.pipe([:], in: FunctionCall(code, userID: "a")).text() == "['a']")
        #expect(try await host.pipe([:], in: FunctionCall(code, userID: "b")).text() == "['b']")
        #expect(try await host.pipe([:], in: FunctionCall(code, userID: "a")).text() == "['a', 'a']")
        await host.stop()
    }

    @Test func `what a function prints is its log`() async throws {
        let host = FunctionFixture.host()
        let code = AttackTests.pipe("print('to stdout')\nsys.stderr.write('to stderr\\n')\nos.write(1, b'raw\\n')\nreturn 'x'")
        #expect(try await host.pipe([:], in: FunctionCall(code)).text() == "x")
        try await eventually { await Set(["to stdout", "to stderr", "raw"]).isSubset(of: host.log(of: code.id)) }
        await host.stop()
    }

    @Test func `a Python that is not there is said so`() async throws {
        let host = PythonFunctionHost(interpreter: "no-such-python", dataDirectory: NSTemporaryDirectory())
        let error = await #expect(throws: AppError.self) { try await host.inspect(FunctionCode("class Pipe: pass")) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("HANEUL_PYTHON") == true)
        #expect(await host.protections().python == nil)
    }

    @Test func `protections are found out`() async throws {
        let found = await FunctionFixture.shared.protections()
        #expect(found.python?.hasPrefix("3.") == true)
        #expect(found.active.contains("limits"))
        let less = FunctionFixture.host(without: ["namespaces", "landlock", "seccomp", "uid"])
        let bare = await less.protections()
        #expect(bare.active == ["limits"])
        #expect(bare.missing.contains { $0.contains("landlock") })
        #expect(!bare.protectsFiles)
    }
}

/// Waits until something holds; fails when it does not come about for a long time.
func eventually(_ condition: () async throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    for _ in 0..<600 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(500))
    }
    Issue.record("it did not come about", sourceLocation: sourceLocation)
}
