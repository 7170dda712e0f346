import Domain
import Testing

struct ConversationTemplateTests {
    private static let talk: [JSONValue] = [
        ["role": "system", "content": "hush"], ["role": "user", "content": "one {{MESSAGES}}"], ["role": "assistant", "content": "two"],
        ["role": "user", "content": [["type": "text", "text": "three"], ["type": "image_url"]]], ["role": "assistant", "content": "four"],
    ]

    @Test(arguments: [
        ("{{MESSAGES}}", "USER: one {{MESSAGES}}\nASSISTANT: two\nUSER: three\nASSISTANT: four"),
        ("{{MESSAGES:START:1}}", "USER: one {{MESSAGES}}"), ("{{MESSAGES:END:2}}", "USER: three\nASSISTANT: four"),
        ("{{MESSAGES:MIDDLETRUNCATE:3}}", "USER: one {{MESSAGES}}\nASSISTANT: two\nASSISTANT: four"), ("{{MESSAGES:END:0}}", ""),
        ("{{MESSAGES:END:99}}", "USER: one {{MESSAGES}}\nASSISTANT: two\nUSER: three\nASSISTANT: four"),
        ("{{MESSAGES:END:2|start:2}}", "USER: th\nASSISTANT: fo"), ("{{MESSAGES:END:1|end:1}}", "ASSISTANT: r"),
        ("{{MESSAGES:START:1|middletruncate:4}}", "USER: on...}}"),
        ("{{prompt}} {{prompt:start:2}} {{ prompt:end:2 }} {{prompt:middletruncate:3}}", "three th ee th...e"),
        ("{{MESSAGES:END:x}} {{MESSAGES:SOME:1}} {{unknown}} {{", "{{MESSAGES:END:x}} {{MESSAGES:SOME:1}} {{unknown}} {{"),
        ("{{TYPE}}-{{responses}}", "kind-\"\"\"a\"\"\"\n\n\"\"\"b {{prompt}}\"\"\""),
        ("{{USER_NAME}} {{CURRENT_DATE}}", "Kit {{prompt}} 2026-11-22"),
    ])
    func `variables are filled once`(template: String, filled: String) {
        let kit = Principal(userID: "u", name: "Kit {{prompt}}", email: "k@example.com", role: .user)
        let moment = PromptTemplate.Moment(date: "2026-11-22", time: "12:00:00", weekday: "Sunday", timeZone: "UTC")
        let conversation = ConversationTemplate(
            Self.talk, responses: ["a", "b {{prompt}}"], type: "kind", values: PromptTemplate(principal: kit, variables: [:], moment: moment))
        #expect(conversation.filled(template) == filled)
    }

    @Test func `a text that is asked about is not the last question`() {
        #expect(ConversationTemplate(Self.talk, prompt: "text").filled("{{prompt}}") == "text")
        #expect(ConversationTemplate([]).filled("[{{prompt}}{{MESSAGES}}]") == "[]")
    }

    @Test func `long messages are shortened`() {
        let long: [JSONValue] = [["role": "user", "content": .string(String(repeating: "x", count: 9000))]]
        #expect(ConversationTemplate(long).filled("{{MESSAGES}}").count == 4006)
    }
}
