#if os(Linux)
    import Glibc
    import Testing

    @testable import Embedding

    @Suite struct EncoderThreadsTests {
        private func niceness() -> Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }

        @Test("only threads that step back do")
        func priorities() async throws {
            let own = niceness()
            let patient = EncoderThreads(name: "patient", count: 2, stepsBack: true)
            let prompt = EncoderThreads(name: "prompt", count: 1, stepsBack: false)
            #expect(try await patient.run { _ in getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) } == 19)
            #expect(try await prompt.run { _ in getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) } == own)
            #expect(niceness() == own)
        }
    }
#endif
