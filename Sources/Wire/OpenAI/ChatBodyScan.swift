import Domain

/// What a relay must know of a chat request, found in one pass over its bytes. No tree is built: everything that is not ours is
/// forwarded as it was written, number texts and key order included.
package struct ChatBodyScan: Sendable, Hashable {
    /// `model` when it is a string.
    package internal(set) var model: String?
    /// Where the value of `model` stands, quotes included; `nil` when the key is missing.
    package internal(set) var modelValue: Range<Int>?
    /// `stream` is `true`.
    package internal(set) var stream = false
    /// Which of our own keys are there.
    package internal(set) var ownFields: ChatOwnFields = []
    /// Those of them that change what the server does: a chat to save in, files to read, tools to run, parameters to apply.
    /// Without any, the request needs nothing but its model replaced.
    package internal(set) var effective: ChatOwnFields = []
    /// `messages` is there and is something else than a list of objects (or `null`, which counts as missing).
    package internal(set) var hasMalformedMessages = false
    /// `stream_options` mentions `resumable`, which is ours to work out.
    package internal(set) var isResumable = false
    /// Bytes of images and other data that stand in the body as `data:` URLs: nothing that counts as text.
    package internal(set) var inlineDataBytes = 0
    /// Bytes that are left out when the body is forwarded, in order.
    var cuts: [Range<Int>] = []

    /// Scans a request body.
    ///
    /// Returns `nil` for everything that is not a plain case: no JSON object, JSON that is broken (or not UTF-8, or nested deeper than
    /// 256), a key written with escapes, `model` or `stream` given twice, `Model` and the like (see `withoutOtherSpellings`), `stream` neither boolean nor `null`. Such a body goes
    /// through `JSONValue`, which says what is wrong or makes it regular.
    package init?(scanning bytes: UnsafeRawBufferPointer) {
        self.init()
        var scanner = ChatBodyScanner(bytes)
        guard scanner.scan(into: &self) else { return nil }
    }

    package init?(scanning bytes: some Collection<UInt8>) {
        let scan = bytes.withContiguousStorageIfAvailable { ChatBodyScan(scanning: UnsafeRawBufferPointer($0)) }
        if let scan {
            guard let scan else { return nil }
            self = scan
            return
        }
        guard let scan = Array(bytes).withUnsafeBytes({ ChatBodyScan(scanning: $0) }) else { return nil }
        self = scan
    }

    init() {}

    /// Hands out the forwarded body piece by piece: the scanned bytes without our own keys, with `model` replaced.
    ///
    /// - Parameters:
    ///   - bytes: the very bytes that were scanned.
    ///   - model: the id that the upstream knows; `nil` leaves the value alone.
    ///   - append: gets the pieces in order; they are only valid during the call.
    package func forward(_ bytes: UnsafeRawBufferPointer, model: String?, append: (UnsafeRawBufferPointer) -> Void) {
        var position = 0
        var replacement = model == self.model ? nil : model
        func copy(to end: Int) {
            if let text = replacement, let value = modelValue, value.lowerBound >= position, value.upperBound <= end {
                if value.lowerBound > position { append(UnsafeRawBufferPointer(rebasing: bytes[position..<value.lowerBound])) }
                var quoted: [UInt8] = []
                JSONValue.write(text, into: &quoted)
                quoted.withUnsafeBytes { append($0) }
                position = value.upperBound
                replacement = nil
            }
            if end > position { append(UnsafeRawBufferPointer(rebasing: bytes[position..<end])) }
        }
        for cut in cuts {
            copy(to: cut.lowerBound)
            position = cut.upperBound
        }
        copy(to: bytes.count)
    }

    /// The forwarded body in one piece.
    package func forwarded(_ bytes: UnsafeRawBufferPointer, model: String?) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(bytes.count + (model?.utf8.count ?? 0))
        forward(bytes, model: model) { body.append(contentsOf: $0) }
        return body
    }
}
