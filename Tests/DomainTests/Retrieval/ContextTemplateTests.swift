import Domain
import Testing

struct ContextTemplateTests {
    private func source(_ item: JSONObject, _ documents: [(String, JSONObject)]) -> ContextSource {
        ContextSource(item: item, documents: documents.map(\.0), metadata: documents.map(\.1))
    }

    @Test func `passages of one file share a number and tags name the item`() {
        let sources = [
            source(
                ["type": "collection", "id": "k", "name": "A \"b\" <c>"],
                [("one", ["source": "x.txt"]), ("two", ["source": "y.txt"]), ("three", ["source": "x.txt"])]),
            source(["type": "text", "name": "note", "id": "ignored"], [("four", ["name": "note"])]),
        ]
        #expect(
            ContextTemplate.sources(sources) == """
                <source id="1" name="A &quot;b&quot; &lt;c&gt;" resource-type="collection" resource-id="k">one</source>
                <source id="2" name="A &quot;b&quot; &lt;c&gt;" resource-type="collection" resource-id="k">two</source>
                <source id="1" name="A &quot;b&quot; &lt;c&gt;" resource-type="collection" resource-id="k">three</source>
                <source id="3" name="note" resource-type="text">four</source>
                """)
    }

    @Test(arguments: ["A [context] B [query] C", "A {{CONTEXT}} B {{QUERY}} C"])
    func `variables are filled once`(_ template: String) {
        let filled = ContextTemplate.fill(template, context: "{{QUERY}} [query]", question: "[context]?")
        #expect(filled == "A {{QUERY}} [query] B [context]? C")
    }

    @Test func `the built-in template is used for an empty one and holds the context between its tags`() {
        let filled = ContextTemplate.fill("", context: "<source id=\"1\">x</source>", question: "q")
        #expect(filled.contains("<context>\n<source id=\"1\">x</source>\n</context>\n"))
        #expect(filled == ContextTemplate.fill(ContextTemplate.standard, context: "<source id=\"1\">x</source>", question: "q"))
    }

    @Test func `a template without variables drops the context`() {
        #expect(ContextTemplate.fill("only this", context: "secret", question: "q") == "only this")
    }
}
