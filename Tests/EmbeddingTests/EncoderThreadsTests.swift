#if os(Linux)
    import Glibc
    import Synchronization
    import TestSupport
    import Testing

    @testable import Embedding

    @Suite struct EncoderThreadsTests {
        private static func niceness() -> Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }

        @Test("only threads that step back do")
        func priorities() async throws {
            let own = Self.niceness()
            let patient = EncoderThreads(name: "patient", count: 2, stepsBack: true)
            let prompt = EncoderThreads(name: "prompt", count: 1, stepsBack: false)
            #expect(try await patient.run { _ in Self.niceness() } == 10)
            #expect(try await prompt.run { _ in Self.niceness() } == own)
            #expect(Self.niceness() == own)
        }

        @Test("while it is busy, one of two threads works, and both afterwards")
        func rest() async throws {
            let scene = Scene()
            let threads = EncoderThreads(name: "half", count: 2, stepsBack: false) { scene.isBusy.withLock { $0 } }
            @Sendable func work() async throws {
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for _ in 0..<8 {
                        tasks.addTask {
                            try await threads.run { _ in
                                scene.seen.withLock { _ = $0.insert(pthread_self()) }
                                usleep(2000)
                            }
                        }
                    }
                    try await tasks.waitForAll()
                }
            }
            try await work()
            #expect(scene.seen.withLock { $0.count } == 1)
            scene.isBusy.withLock { $0 = false }
            #expect(
                try await eventually {
                    try await work()
                    return scene.seen.withLock { $0.count } == 2
                })
        }
    }

    private final class Scene: Sendable {
        let isBusy = Mutex(true)
        let seen = Mutex<Set<pthread_t>>([])
    }
#endif
