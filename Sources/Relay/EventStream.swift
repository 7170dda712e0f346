/// What the relay looks for in the lines of an event stream.
enum EventStream {
    static let done: StaticString = "data: [DONE]\n\n"
    static let failed: StaticString = "data: {\"error\":{\"message\":\"Chat completion stream failed\"}}\n\n"

    /// Where the line begins that ends the stream, in bytes that begin with a line.
    static func doneLine(in bytes: UnsafeRawBufferPointer) -> Int? {
        var line = 0
        while line < bytes.count {
            let newline = bytes.index(of: 0x0A, from: line) ?? bytes.count
            if bytes[line] == UInt8(ascii: "d"), isDone(bytes.slice(line..<newline)) { return line }
            line = newline + 1
        }
        return nil
    }

    private static func isDone(_ line: UnsafeRawBufferPointer) -> Bool {
        guard line.count >= 11, line.slice(0..<5).equals("data:") else { return false }
        var end = line.count
        if line[end - 1] == 0x0D { end -= 1 }
        return line.slice(line.trimmed(5..<end)).equals("[DONE]")
    }

    /// Whether complete lines end with an empty one, so that the next event can follow.
    static func endsEvent(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let count = bytes.count
        guard count >= 2, bytes[count - 1] == 0x0A else { return false }
        return bytes[count - 2] == 0x0A || (count >= 3 && bytes[count - 2] == 0x0D && bytes[count - 3] == 0x0A)
    }
}
