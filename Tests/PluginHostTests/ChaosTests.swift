import Domain
import Foundation
import PluginHost
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Workers are killed at random under load. `HANEUL_CHAOS_SECONDS` says for how long; `Tests/Functions/chaos.sh` runs the long version.
@Suite struct ChaosTests {
    private static let seconds = ProcessInfo.processInfo.environment["HANEUL_CHAOS_SECONDS"].flatMap(Double.init) ?? 5

    @Test func `no function notices that another one's workers die`() async throws {
        let host = FunctionFixture.host()
        let codes = (0..<4).map { _ in
            AttackTests.pipe("def g():\n    for i in range(20):\n        yield str(i)\n        time.sleep(0.002)\nreturn g()")
        }
        for code in codes { _ = try await host.pipe([:], in: FunctionCall(code)).text() }
        let descriptors = WorkerLifecycleTests.descriptors()
        let counts = Counts()
        let end = ContinuousClock.now + .seconds(Self.seconds)
        let whole = (0..<20).map(String.init).joined()

        await withTaskGroup(of: Void.self) { group in
            for code in codes {
                for _ in 0..<4 {
                    group.addTask {
                        while .now < end {
                            let start = ContinuousClock.now
                            do {
                                let text = try await host.pipe([:], in: FunctionCall(code)).text()
                                counts.withLock {
                                    $0.calls += 1
                                    if text != whole { $0.wrong.append("an answer that is not whole: \(text)") }
                                }
                            } catch {
                                let killed = counts.withLock { state in
                                    state.failed += 1
                                    // A worker lives on for a moment when its launcher was killed.
                                    return state.kills.contains { $0.id == code.id && $0.at >= start - .seconds(2) }
                                }
                                if !killed { counts.withLock { $0.wrong.append("\(error)") } }
                            }
                        }
                    }
                }
            }
            group.addTask {
                while .now < end {
                    try? await Task.sleep(for: .milliseconds(200))
                    guard let code = codes.randomElement(), let launcher = Self.launchers(of: code.id).randomElement() else { continue }
                    // The launcher, or the process that it shut in.
                    let victim = Bool.random() ? launcher : Self.child(of: launcher) ?? launcher
                    counts.withLock { $0.kills.append((code.id, .now)) }
                    kill(victim, SIGKILL)
                }
            }
        }
        let result: (Int, Int, [String], Int) = counts.withLock { ($0.calls, $0.failed, $0.wrong, $0.kills.count) }
        print("chaos: \(Self.seconds) s, \(result.0) whole answers, \(result.3) workers killed, \(result.1) calls of their own functions failed")
        #expect(result.2.isEmpty)
        #expect(result.0 > 0 && result.3 > 0)
        for code in codes { #expect(try await host.pipe([:], in: FunctionCall(code)).text() == whole) }
        #expect(await WorkerLifecycleTests.settles(at: descriptors + 24))
        await host.stop()
        for code in codes { #expect(Self.launchers(of: code.id).isEmpty) }
        // Other tests end workers at this moment too; those that stay dead and unburied are the fault.
        let dead = Set(WorkerLifecycleTests.launchers().filter { $0.state == "Z" }.map(\.pid))
        try await Task.sleep(for: .seconds(2))
        #expect(dead.isDisjoint(with: WorkerLifecycleTests.launchers().filter { $0.state == "Z" }.map(\.pid)))
    }

    private struct Tally {
        var calls = 0
        var failed = 0
        var wrong: [String] = []
        var kills: [(id: String, at: ContinuousClock.Instant)] = []
    }

    private final class Counts: Sendable {
        private let tally = Mutex(Tally())
        func withLock<Result: Sendable>(_ body: (inout Tally) -> Result) -> Result { tally.withLock { body(&$0) } }
    }

    /// Processes that have the function's id on their command line; a shut-in worker has it too.
    private static func processes(of id: String) -> [pid_t] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap(pid_t.init).filter { pid in
            guard let line = try? Data(contentsOf: URL(filePath: "/proc/\(pid)/cmdline")) else { return false }
            return String(decoding: line, as: UTF8.self).hasSuffix("\0\(id)\0")
        }
    }

    private static func parent(of pid: pid_t) -> pid_t? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(end, offsetBy: 2)...].split(separator: " ")
        return fields.count > 1 ? pid_t(fields[1]) : nil
    }

    private static func launchers(of id: String) -> [pid_t] { processes(of: id).filter { parent(of: $0) == getpid() } }

    private static func child(of launcher: pid_t) -> pid_t? {
        let siblings = (try? String(contentsOfFile: "/proc/\(launcher)/task/\(launcher)/children", encoding: .utf8)) ?? ""
        return siblings.split(separator: " ").first.flatMap { pid_t($0) }
    }
}
