import Foundation

/// BERT's basic text clean-up and splitting into words and punctuation, as `BertNormalizer` and `BertPreTokenizer` do it.
struct BertNormalizer: Sendable {
    var cleansText = true
    var handlesChinese = true
    var stripsAccents = true
    var lowercases = true

    /// Calls `body` with each word's UTF-8 bytes until it returns false.
    func forEachWord(in text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Bool) {
        var word: [UInt8] = []
        func flush() -> Bool {
            guard !word.isEmpty else { return true }
            defer { word.removeAll(keepingCapacity: true) }
            return word.withUnsafeBufferPointer(body)
        }
        func take(_ scalar: Unicode.Scalar) -> Bool {
            if scalar.value < 128 {
                let byte = UInt8(scalar.value)
                switch Self.asciiClasses[Int(byte)] {
                case .space: return flush()
                case .punctuation:
                    guard flush() else { return false }
                    word.append(byte)
                    return flush()
                case .word: word.append(byte)
                }
                return true
            }
            if scalar.properties.isWhitespace { return flush() }
            let isolated = Self.isPunctuation(scalar)
            if isolated, !flush() { return false }
            word.append(contentsOf: UTF8.encode(scalar)!)
            return isolated ? flush() : true
        }
        for scalar in normalized(text) {
            guard take(scalar) else { return }
        }
        _ = flush()
    }

    /// The text after clean-up: spaces still in it, ideographs surrounded by them.
    func normalized(_ text: String) -> [Unicode.Scalar] {
        var out: [Unicode.Scalar] = []
        out.reserveCapacity(text.utf8.count)
        var isASCII = true
        for scalar in text.unicodeScalars {
            if scalar.value < 128 {
                if cleansText {
                    switch scalar {
                    case "\t", "\n", "\r": out.append(" ")
                    case "\0"..."\u{1F}", "\u{7F}": break
                    default: out.append(scalar)
                    }
                } else {
                    out.append(scalar)
                }
                continue
            }
            isASCII = false
            if cleansText {
                if scalar.value == 0xFFFD || Self.isControl(scalar) { continue }
                if scalar.properties.isWhitespace {
                    out.append(" ")
                    continue
                }
            }
            if handlesChinese, Self.isIdeograph(scalar.value) {
                out.append(" ")
                out.append(scalar)
                out.append(" ")
            } else {
                out.append(scalar)
            }
        }
        if isASCII {
            if lowercases {
                for index in out.indices where (0x41...0x5A).contains(out[index].value) {
                    out[index] = Unicode.Scalar(UInt8(out[index].value) + 0x20)
                }
            }
            return out
        }
        if stripsAccents {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: out)
            out = String(view).decomposedStringWithCanonicalMapping.unicodeScalars.filter { !Self.isNonspacingMark($0) }
        }
        guard lowercases else { return out }
        var lowered: [Unicode.Scalar] = []
        lowered.reserveCapacity(out.count)
        for scalar in out {
            if scalar.value < 128 {
                lowered.append((0x41...0x5A).contains(scalar.value) ? Unicode.Scalar(UInt8(scalar.value) + 0x20) : scalar)
            } else {
                lowered.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return lowered
    }

    private enum ASCIIClass { case space, punctuation, word }

    private static let asciiClasses: [ASCIIClass] = (0..<128).map { value in
        let scalar = Unicode.Scalar(UInt8(value))
        if scalar.properties.isWhitespace { return .space }
        switch value {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return .punctuation
        default: return .word
        }
    }

    private static func isIdeograph(_ value: UInt32) -> Bool {
        switch value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF,
            0x2F800...0x2FA1F:
            true
        default: false
        }
    }

    /// The category as of Unicode 8, whose tables the reference library has; later characters have none.
    private static func category(_ scalar: Unicode.Scalar) -> Unicode.GeneralCategory {
        guard let age = scalar.properties.age, age.major <= 8 else { return .unassigned }
        switch scalar.value {
        // Characters whose category was changed after that.
        case 0x166D, 0x111C9: return .otherPunctuation
        case 0x1734, 0x1171E: return .nonspacingMark
        case 0x1885, 0x1886: return .otherLetter
        case 0xA9BD: return .spacingMark
        default: return scalar.properties.generalCategory
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch category(scalar) {
        case .control, .format, .privateUse: true
        default: false
        }
    }

    private static func isNonspacingMark(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 0x300 && category(scalar) == .nonspacingMark }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch category(scalar) {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation:
            true
        default: false
        }
    }
}
