import NIOCore

/// What goes between the server and a worker: a length (4 bytes), a kind (1), the number of the call (8), and what belongs to it.
/// Big-endian; the length counts from the kind on.
struct WorkerFrame: Sendable {
    enum Kind: UInt8, Sendable {
        // To the worker. `call`: JSON. `credit`: bytes that it may send more (4). `reply`: the request's number (4) and JSON.
        case call = 1
        case cancel, credit, reply
        /// A piece for a stream filter: JSON.
        case event
        case close
        /// A piece of a streamed reply, after the request's number; and its end.
        case pieceIn, piecesEnd
        // From the worker. `hello` when the code is loaded, `refused` when it does not load.
        case hello = 20
        case refused
        case started = 30
        /// These three end a call; they begin with the processor seconds the worker has used (4).
        case value
        case text, chunk
        case end, error
        /// For the event emitter: JSON.
        case emitted
        /// The request's number (4) and JSON: something asked of the server.
        case request
        /// A piece that went through the stream filter; empty when it was dropped.
        case filtered
        /// The call's answer comes in pieces.
        case pieces
        /// The number (4) of a streamed reply: its next piece is wanted, or no more of it.
        case pull, drop
    }

    var kind: Kind
    var call: UInt64
    var payload: ByteBuffer

    /// Bytes of length, kind and call.
    static let headerSize = 13
    /// A longer frame is a lie.
    static let longest = 64 << 20

    static func write(_ kind: Kind, call: UInt64, payload: [UInt8] = [], to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt32(payload.count + 9))
        buffer.writeInteger(kind.rawValue)
        buffer.writeInteger(call)
        buffer.writeBytes(payload)
    }
}

/// Cuts bytes into frames.
struct WorkerFrameDecoder {
    /// The worker does not keep to the format: it has to go.
    struct Lie: Error {
        let message: String
    }

    private var buffer = ByteBuffer()

    mutating func add(_ bytes: inout ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.discardReadBytes()
            buffer.writeBuffer(&bytes)
        }
    }

    /// - Returns: `nil` when more bytes are needed.
    mutating func next() throws(Lie) -> WorkerFrame? {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else { return nil }
        guard length >= 9, length <= WorkerFrame.longest else { throw Lie(message: "a frame of \(length) bytes") }
        guard buffer.readableBytes >= Int(length) + 4 else { return nil }
        buffer.moveReaderIndex(forwardBy: 4)
        guard let number = buffer.readInteger(as: UInt8.self), let call = buffer.readInteger(as: UInt64.self),
            let payload = buffer.readSlice(length: Int(length) - 9)
        else { throw Lie(message: "a frame that ends early") }
        guard let kind = WorkerFrame.Kind(rawValue: number), number >= WorkerFrame.Kind.hello.rawValue else {
            throw Lie(message: "a frame of kind \(number)")
        }
        return WorkerFrame(kind: kind, call: call, payload: payload)
    }
}
