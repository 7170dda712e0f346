import Domain
import Testing

struct EnglishStemTests {
    @Test(arguments: [
        ["box", "boxes"], ["policy", "policies"], ["practise", "practised", "practising", "practises"], ["swim", "swimming", "swims"],
        ["slow", "slowly"], ["close", "closed", "closing", "closes"], ["reply", "replies", "replied", "replying"], ["stop", "stopped", "stopping"],
        ["rate", "rated", "rating", "rates"], ["fall", "falling", "falls"], ["inspect", "inspected", "inspecting"], ["class", "classes"],
        ["move", "moved", "moving"], ["bake", "baked", "baking"], ["create", "created", "creating"],
    ])
    func `forms of one word agree`(forms: [String]) {
        #expect(Set(forms.map(EnglishStem.of)).count == 1, "\(forms.map(EnglishStem.of))")
    }

    @Test(arguments: [
        ("care", "car"), ("rate", "rat"), ("code", "cod"), ("plane", "plan"), ("hope", "hop"), ("string", "str"), ("spring", "spr"), ("need", "ne"),
        ("keeper", "keep"), ("bus", "bu"), ("glass", "glas"), ("organisation", "organise"), ("hope", "hopper"),
    ])
    func `different words stay apart`(one: String, other: String) {
        #expect(EnglishStem.of(one) != EnglishStem.of(other))
    }

    @Test(arguments: ["", "a", "ing", "sing", "ed", "bed", "red", "도서관", "straße", "bx1007", "hx2291c", "ly", "naïve"])
    func `short words, codes and other alphabets are left alone`(word: String) {
        #expect(EnglishStem.of(word) == word)
    }

    @Test func `a question's words are known by their terms`() {
        let words = KeywordTokenizer.words(of: "Who practised at the Lighthouse?")
        #expect(words["practis"] == "practised")
        #expect(words["lighthous"] == "lighthouse")
    }
}
