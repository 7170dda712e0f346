import Domain
import Testing

struct KeywordTokenizerTests {
    @Test(arguments: [
        ("Hello, World", ["hello", "world"]),
        ("도서관", ["도", "서", "관", "도서", "서관"]),
        ("책", ["책"]),
        ("HX-2291-C", ["hx2291c", "hx", "2291", "c"]),
        ("BX1007", ["bx1007", "bx", "1007"]),
        ("v2.3.1", ["v231", "v2", "3", "1"]),
        ("1,200 won", ["1200", "1", "200", "won"]),
        ("keepers boxes policies glass", ["keeper", "box", "polici", "glass"]),
        ("Café Ångström", ["cafe", "angstrom"]),
        ("JJ-208 이다", ["jj208", "jj", "208", "이", "다", "이다"]),
        ("東京タワー", ["東", "京", "タ", "ワ", "ー", "東京", "京タ", "タワ", "ワー"]),
        ("", []), ("… — !?", []), ("🎉🎉", []),
    ])
    func `text becomes terms`(_ text: String, _ terms: [String]) {
        #expect(KeywordTokenizer.indexTerms(text) == terms)
    }

    @Test(arguments: [
        ("한글 문서", "\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF} 문서"),  // decomposed, as macOS writes file names
        ("HX-2291", "ＨＸ－２２９１"),
        ("카타カタ", "카타ｶﾀ"),
        ("café", "cafe\u{301}"),
        ("Straße 5", "straße 5"),
        ("lighthouse’s lamp", "lighthouse's lamp"),
        ("LAMP", "lamp"),
    ])
    func `what looks the same is the same`(_ one: String, _ other: String) {
        #expect(KeywordTokenizer.indexTerms(one) == KeywordTokenizer.indexTerms(other))
        #expect(!KeywordTokenizer.indexTerms(one).isEmpty)
    }

    @Test func `compatibility Jamo meet conjoining ones`() {
        #expect(KeywordTokenizer.indexTerms("ㅋㅋ") == KeywordTokenizer.indexTerms("\u{110F}\u{110F}"))
        #expect(KeywordTokenizer.indexTerms("ㅎㅏ").contains("하"))
    }

    @Test func `a question has each telling term once`() {
        #expect(KeywordTokenizer.queryTerms("What is the badge code of the badge?") == ["badg", "code"])
        #expect(KeywordTokenizer.queryTerms("서고 번호가 무엇인가요?") == ["서고", "번호", "호가"])
        #expect(KeywordTokenizer.queryTerms("서") == ["서"])
        #expect(KeywordTokenizer.queryTerms("who are you") == ["who", "are", "you"])
    }

    @Test(arguments: ["북촌 도서관의 비밀 서고", "HX-2291-C", "hx2291c", "2291", "LH-4410 badge", "서", "ＪＪ－２０８"])
    func `terms of a question are terms of a text that contains it`(_ question: String) {
        let text = "북촌 도서관의 비밀 서고, HX-2291-C; badge LH-4410 badge ＪＪ-208 이다"
        #expect(Set(KeywordTokenizer.queryTerms(question)).isSubset(of: KeywordTokenizer.indexTerms(text)))
    }

    @Test func `terms are short and joined text has only letters, digits and spaces`() {
        let terms = KeywordTokenizer.indexTerms(String(repeating: "x", count: 5000) + " a\u{0}b\"c*(d)^-:e NEAR/3")
        #expect(terms.allSatisfy { $0.unicodeScalars.count <= 48 })
        let letters = terms.joined().unicodeScalars.allSatisfy { $0.properties.isAlphabetic || $0.properties.numericType != nil }
        #expect(letters)
    }
}
