import Domain
import Testing

struct AnswerCollectorTests {
    private static func collected(_ events: [JSONObject]) -> AnswerCollector {
        var collector = AnswerCollector()
        for event in events { collector.add(["event": .object(event)]) }
        return collector
    }

    @Test func `what functions tell beside the answer is kept`() {
        let answer = Self.collected([
            ["type": "status", "data": ["description": "Looking", "done": false]], ["type": "status", "data": ["description": "Found"]],
            ["type": "files", "data": ["files": [["type": "image", "url": "/a.png"], "no object"]]],
            ["type": "source", "data": ["source": ["name": "Tides"]]], ["type": "notification", "data": ["content": "x"]],
            ["type": "replace", "data": ["content": "whole"]],
        ])
        #expect(answer.told["statusHistory"] == [["description": "Looking", "done": false], ["description": "Found"]])
        #expect(answer.told["files"] == [["type": "image", "url": "/a.png"]])
        #expect(answer.sources == [["source": ["name": "Tides"]]])
        #expect(answer.text == "whole")
    }

    @Test func `of endless steps and files the answer keeps some`() {
        let steps = Self.collected((0..<500).map { ["type": "status", "data": ["n": .int($0)]] }).told["statusHistory"]?.array
        #expect(steps?.count == 200)
        #expect(steps?.last == ["n": 499])
        let files = JSONValue.array((0..<100).map { ["n": .int($0)] })
        #expect(Self.collected([["type": "chat:message:files", "data": ["files": files]]]).told["files"]?.array?.count == 32)
    }

    @Test(arguments: [["type": "status"], ["type": "status", "data": "x"], ["type": "files", "data": ["files": 1]], ["data": [:]]] as [JSONObject])
    func `events of the wrong form are left out`(event: JSONObject) {
        let answer = Self.collected([event])
        #expect(answer.told.isEmpty && answer.sources.isEmpty)
    }
}
