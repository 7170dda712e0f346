/// Joins conjoining Hangul letters to syllables (Unicode 3.12), and leaves everything else as it is.
enum HangulComposition {
    static func composed(_ text: String) -> String {
        // U+1100...U+11FF start with E1 84...E1 87 in UTF-8; most texts have none.
        guard text.unicodeScalars.contains(where: { (0x1100...0x1112).contains($0.value) }) else { return text }
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let last = out.last?.value {
                if (0x1100...0x1112).contains(last), (0x1161...0x1175).contains(scalar.value) {
                    out.removeLast()
                    out.append(Unicode.Scalar(0xAC00 + ((last - 0x1100) * 21 + (scalar.value - 0x1161)) * 28)!)
                    continue
                }
                if (0xAC00...0xD7A3).contains(last), (last - 0xAC00).isMultiple(of: 28), (0x11A8...0x11C2).contains(scalar.value) {
                    out.removeLast()
                    out.append(Unicode.Scalar(last + scalar.value - 0x11A7)!)
                    continue
                }
            }
            out.append(scalar)
        }
        return String(out)
    }
}
