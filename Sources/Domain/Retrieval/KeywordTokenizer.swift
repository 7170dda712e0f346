import Foundation

/// Cuts text into the terms of the keyword index. Passages and questions go through the same folding, so that what looks the
/// same is the same: composed and decomposed, full-width and half-width, upper and lower case.
///
/// - Words of alphabetic scripts: folded, accents of Latin and Greek dropped, common English endings dropped (`EnglishStem`).
/// - Hangul, Han and Kana: overlapping pairs of a run (`도서관` is `도서`, `서관`), and single syllables.
/// - Codes: whole without their separators and in parts (`HX-2291-C` is `hx2291c`, `hx`, `2291`, `c`).
///
/// A term has letters, digits and marks only, so an index may join terms with spaces.
package enum KeywordTokenizer {
    /// Longest term in characters; what is longer is cut.
    private static let longest = 48

    /// The terms of a passage, in order, repeated as often as they occur.
    package static func indexTerms(_ text: String) -> [String] {
        var sink = Sink(keepsSingles: true)
        scan(text, into: &sink)
        return sink.terms
    }

    /// The passage as the index stores it: its terms with spaces between.
    package static func indexText(_ text: String) -> String { indexTerms(text).joined(separator: " ") }

    /// What to look for: each term once, in order. Words that every text has are left out unless nothing else is there.
    package static func queryTerms(_ text: String) -> [String] {
        var sink = Sink(keepsSingles: false)
        scan(text, into: &sink)
        var seen = Set<String>()
        let terms = sink.terms.filter { seen.insert($0).inserted }
        let telling = terms.filter { !StopWords.terms.contains($0) }
        return telling.isEmpty ? terms : telling
    }

    /// The words of a question by the terms that they became, for showing what matched: `lighthous` was `lighthouse`.
    package static func words(of text: String) -> [String: String] {
        var words: [String: String] = [:]
        for word in folded(text).split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            let term = EnglishStem.of(String(word))
            if words[term] == nil { words[term] = String(word) }
        }
        return words
    }

    // MARK: Scanning

    private struct Sink {
        var terms: [String] = []
        /// Whether a run of several syllables also gives each of them.
        let keepsSingles: Bool
    }

    private enum Kind { case none, word, digit, pair, mark }

    private static func kind(_ scalar: Unicode.Scalar) -> Kind {
        switch scalar.value {
        case 0x30...0x39: return .digit
        case 0x41...0x5A, 0x61...0x7A: return .word
        case 0..<0x80: return .none
        case 0xAC00...0xD7A3, 0x4E00...0x9FFF, 0x3041...0x3096, 0x30A1...0x30FA, 0x30FC, 0x3400...0x4DBF: return .pair
        case 0x1100...0x11FF, 0x3131...0x318E, 0xA960...0xA97C, 0xD7B0...0xD7FB: return .pair
        case 0xF900...0xFAFF, 0x20000...0x3FFFF, 0x31F0...0x31FF, 0x3005, 0x3007: return .pair
        default: break
        }
        switch scalar.properties.generalCategory {
        case .decimalNumber: return .digit
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber, .otherNumber: return .word
        case .nonspacingMark, .spacingMark, .enclosingMark: return .mark
        default: return .none
        }
    }

    private static func scan(_ text: String, into sink: inout Sink) {
        let scalars = Array(folded(text).unicodeScalars)
        let kinds = scalars.map(kind)
        var position = 0
        while position < scalars.count {
            switch kinds[position] {
            case .pair:
                let start = position
                while position < scalars.count, kinds[position] == .pair { position += 1 }
                pairs(scalars[start..<position], into: &sink)
            case .word, .digit:
                position = group(scalars, kinds, from: position, into: &sink)
            case .none, .mark: position += 1
            }
        }
    }

    private static func pairs(_ run: ArraySlice<Unicode.Scalar>, into sink: inout Sink) {
        if sink.keepsSingles || run.count == 1 {
            for scalar in run { sink.terms.append(String(Character(scalar))) }
        }
        for index in run.indices.dropLast() {
            var pair = String.UnicodeScalarView()
            pair.append(run[index])
            pair.append(run[index + 1])
            sink.terms.append(String(pair))
        }
    }

    /// One word, or a code: words with single separators between (`HX-2291-C`, `v2.3.1`, `file_name`).
    /// - Returns: where it ends.
    private static func group(_ scalars: [Unicode.Scalar], _ kinds: [Kind], from start: Int, into sink: inout Sink) -> Int {
        var parts: [ArraySlice<Unicode.Scalar>] = []
        var position = start
        while true {
            let partStart = position
            while position < scalars.count, kinds[position] == .word || kinds[position] == .digit || kinds[position] == .mark { position += 1 }
            parts.append(scalars[partStart..<position])
            guard position + 1 < scalars.count, kinds[position + 1] == .word || kinds[position + 1] == .digit,
                joins(scalars[position], isBetweenDigits: kinds[position - 1] == .digit && kinds[position + 1] == .digit)
            else { break }
            position += 1
        }
        let hasDigit = scalars[start..<position].contains { $0.value >= 0x30 && $0.value <= 0x39 }
        if parts.count > 1, parts.count <= 8, hasDigit || parts.count <= 4 {
            append(String(String.UnicodeScalarView(parts.joined())), to: &sink)
        }
        for part in parts { word(part, isPart: parts.count > 1, into: &sink) }
        return position
    }

    private static func joins(_ scalar: Unicode.Scalar, isBetweenDigits: Bool) -> Bool {
        switch scalar {
        case "-", "_", "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}": true
        case ".", ",", ":", "/": isBetweenDigits
        default: false
        }
    }

    private static func word(_ scalars: ArraySlice<Unicode.Scalar>, isPart: Bool, into sink: inout Sink) {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        append(EnglishStem.of(String(view)), to: &sink)
        // Letters and digits run together are a code, too: `BX1007` is also found by `1007`.
        var pieces: [ArraySlice<Unicode.Scalar>] = []
        var start = scalars.startIndex
        for index in scalars.indices.dropFirst() where isDigit(scalars[index]) != isDigit(scalars[index - 1]) {
            pieces.append(scalars[start..<index])
            start = index
        }
        guard !pieces.isEmpty, pieces.count <= 2 else { return }
        pieces.append(scalars[start...])
        for piece in pieces where piece.count > 1 {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: piece)
            append(String(view), to: &sink)
        }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 0x30 && scalar.value <= 0x39 }

    private static func append(_ term: String, to sink: inout Sink) {
        sink.terms.append(term.unicodeScalars.count > longest ? String(String.UnicodeScalarView(term.unicodeScalars.prefix(longest))) : term)
    }

    // MARK: Folding

    /// NFKC, lower case, without accents on Latin and Greek letters, without `'s`.
    private static func folded(_ text: String) -> String {
        var text = text
        if !isPlain(text) {
            text = text.precomposedStringWithCompatibilityMapping
        }
        text = text.lowercased()
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return withoutPossessive(text) }
        var folded = String.UnicodeScalarView()
        folded.reserveCapacity(text.unicodeScalars.count)
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0xC0...0x24F, 0x370...0x3FF, 0x1E00...0x1FFF: folded.append(base(of: scalar))
            case 0x200B...0x200D, 0xFEFF, 0xAD: continue
            case 0x300...0x36F where folded.last.map { $0.value < 0x250 || (0x370...0x3FF).contains($0.value) } ?? false: continue
            case 0x2019: folded.append("'")
            default: folded.append(scalar)
            }
        }
        return withoutPossessive(String(folded))
    }

    /// Whether compatibility normalisation changes nothing: true for plain ASCII and for composed Korean, Chinese and Japanese.
    private static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0..<0x80, 0xAC00...0xD7A3, 0x4E00...0x9FEF, 0x3001...0x3002, 0x3041...0x3094, 0x30A1...0x30FA, 0x2018...0x201D: true
            default: false
            }
        }
    }

    private static func base(of scalar: Unicode.Scalar) -> Unicode.Scalar {
        String(Character(scalar)).decomposedStringWithCanonicalMapping.unicodeScalars.first ?? scalar
    }

    private static func withoutPossessive(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "'")) else { return text }
        return text.replacingOccurrences(of: "'s ", with: " ").replacingOccurrences(of: "'", with: " ")
    }
}

/// Words that say nothing about what is looked for.
private enum StopWords {
    /// As they come out of the tokenizer.
    static let terms = words.union(words.map(EnglishStem.of))

    private static let words: Set<String> = [
        "a", "an", "and", "any", "are", "as", "at", "be", "been", "by", "can", "could", "did", "do", "doe", "does", "for", "from", "had", "has", "ha",
        "have", "how", "i", "if", "in", "into", "is", "it", "its", "many", "me", "much", "my", "of", "on", "or", "our", "please", "s", "should", "t",
        "tell", "that", "the", "their", "them", "there", "these", "they", "this", "to", "u", "us", "wa", "was", "we", "were", "what", "when", "where",
        "which", "who", "whom", "whose", "why", "will", "with", "would", "you", "your", "about",
        // Endings and particles of Korean questions.
        "무엇", "엇인", "엇입", "인가", "가요", "나요", "니까", "입니", "습니", "까요", "은가", "는가", "어디", "디에", "디서", "언제", "누구", "얼마", "어떤", "어떻",
        "떻게", "몇시", "하나", "합니", "있나", "있습", "있는", "되나", "됩니", "인지", "는지", "에서", "으로", "하는", "에는", "에게", "알려", "려줘", "주세", "세요", "해주",
    ]
}
