import Synchronization

/// The last lines that a function printed.
final class FunctionLog: Sendable {
    private static let mostLines = 200
    private static let longestLine = 2000

    private struct State {
        var lines: [String] = []
        var rest: [UInt8] = []
    }

    private let state = Mutex(State())

    var lines: [String] { state.withLock { $0.lines } }

    func add(_ bytes: [UInt8]) {
        // Of a flood only the end could be kept anyway.
        let bytes = bytes.suffix(Self.mostLines * Self.longestLine)
        state.withLock { state in
            for byte in bytes {
                if byte == 0x0A {
                    state.lines.append(String(decoding: state.rest, as: UTF8.self))
                    state.rest.removeAll(keepingCapacity: true)
                } else if state.rest.count < Self.longestLine {
                    state.rest.append(byte)
                }
            }
            if state.lines.count > Self.mostLines { state.lines.removeFirst(state.lines.count - Self.mostLines) }
        }
    }

    func add(line: String) { add(Array(line.utf8) + [0x0A]) }
}
