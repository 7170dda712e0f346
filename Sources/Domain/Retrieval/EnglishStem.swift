/// Drops the endings that English words change with, so that a question finds the same word in another form: `boxes` and `box`,
/// `policies` and `policy`, `practised` and `practise`, `swimming` and `swim`, `slowly` and `slow` are one term each.
///
/// Deliberately light: it leaves `-er`, `-tion`, `-ness` and the like alone, where dropping joins words that mean different things.
/// A stem is for comparing and need not be a word.
package enum EnglishStem {
    /// - Parameter word: lower case. Words with other letters than `a` to `z` come back as they are.
    package static func of(_ word: String) -> String {
        var bytes = Array(word.utf8)
        guard bytes.count > 3, bytes.allSatisfy({ $0 >= 0x61 && $0 <= 0x7A }) else { return word }
        dropPlural(&bytes)
        dropParticiple(&bytes)
        if bytes.count > 5, ends(bytes, "ly") { bytes.removeLast(2) }
        dropFinalE(&bytes)
        // `replies`, `reply` and `replied` agree.
        if bytes.count > 3, bytes.last == UInt8(ascii: "y"), !isVowel(bytes[bytes.count - 2]) { bytes[bytes.count - 1] = UInt8(ascii: "i") }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func dropPlural(_ bytes: inout [UInt8]) {
        guard bytes.last == UInt8(ascii: "s"), !["ss", "us", "is"].contains(where: { ends(bytes, $0) }) else { return }
        if ends(bytes, "ies"), bytes.count > 4 {
            bytes.removeLast(3)
            bytes.append(UInt8(ascii: "y"))
        } else {
            bytes.removeLast(["sses", "xes", "ches", "shes", "zes"].contains { ends(bytes, $0) } ? 2 : 1)
        }
    }

    /// `-ing` and `-ed`, when what is left can be a word: three letters with a vowel. What was written differently in front of
    /// the ending is put back: `stopped` is `stop`, `moved` is `move`, `rating` is `rate` and not `rat`.
    private static func dropParticiple(_ bytes: inout [UInt8]) {
        guard !ends(bytes, "eed") else { return }
        let length = ends(bytes, "ing") ? 3 : ends(bytes, "ed") ? 2 : 0
        guard length > 0, bytes.count - length >= 3, bytes.dropLast(length).contains(where: isVowel) else { return }
        bytes.removeLast(length)
        let last = bytes[bytes.count - 1]
        if bytes.count > 3, last == bytes[bytes.count - 2], !"aeioulsz".utf8.contains(last) {
            bytes.removeLast()
        } else if ["at", "bl", "iz"].contains(where: { ends(bytes, $0) }) || (syllables(bytes[...]) == 1 && isOpen(bytes[...])) {
            bytes.append(UInt8(ascii: "e"))
        }
    }

    /// Keeps the `e` of short words, where it tells `care` from `car`.
    private static func dropFinalE(_ bytes: inout [UInt8]) {
        guard bytes.count > 3, bytes.last == UInt8(ascii: "e") else { return }
        let rest = bytes.dropLast()
        let count = syllables(rest)
        if count > 1 || (count == 1 && !isOpen(rest)) { bytes.removeLast() }
    }

    /// How often a consonant follows a vowel, Porter's measure.
    private static func syllables(_ bytes: ArraySlice<UInt8>) -> Int {
        zip(bytes, bytes.dropFirst()).count { isVowel($0) && !isVowel($1) }
    }

    /// Whether the end is consonant, vowel, consonant, as of words that take an `e`.
    private static func isOpen(_ bytes: ArraySlice<UInt8>) -> Bool {
        let end = Array(bytes.suffix(3))
        return end.count == 3 && !isVowel(end[0]) && isVowel(end[1]) && !isVowel(end[2]) && !"wx".utf8.contains(end[2])
    }

    private static func ends(_ bytes: [UInt8], _ suffix: String) -> Bool { bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }

    private static func isVowel(_ byte: UInt8) -> Bool { "aeiouy".utf8.contains(byte) }
}
