/// What the relay looks for in the lines of an event stream.
enum EventStream {
    static let done: StaticString = "data: [DONE]\n\n"
    static let failed: StaticString = "data: {\"error\":{\"message\":\"Chat completion stream failed\"}}\n\n"

    /// Where the line begins that ends the stream, in bytes that begin with a line.
    static func doneLine(in bytes: UnsafeRawBufferPointer) -> Int? { look(at: bytes).done }

    /// The same, and how many events there are before it.
    static func look(at bytes: UnsafeRawBufferPointer) -> (done: Int?, events: Int) {
        var line = 0
        var events = 0
        while line < bytes.count {
            let newline = bytes.index(of: 0x0A, from: line) ?? bytes.count
            if bytes[line] == UInt8(ascii: "d") {
                if isDone(bytes.slice(line..<newline)) { return (line, events) }
                events += 1
            }
            line = newline + 1
        }
        return (nil, events)
    }

    private static func isDone(_ line: UnsafeRawBufferPointer) -> Bool {
        guard line.count >= 11, line.slice(0..<5).equals("data:") else { return false }
        var end = line.count
        if line[end - 1] == 0x0D { end -= 1 }
        return line.slice(line.trimmed(5..<end)).equals("[DONE]")
    }

    /// Whether the last of some complete lines is empty, so that the next event can follow.
    static func endsEvent(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var end = bytes.count - 1
        guard end >= 0, bytes[end] == 0x0A else { return false }
        if end > 0, bytes[end - 1] == 0x0D { end -= 1 }
        return end == 0 || bytes[end - 1] == 0x0A
    }
}
