import Domain
import Testing

struct FrontMatterTests {
    @Test func `keys and values of the leading text`() {
        let code = FunctionCode(
            id: "x",
            content:
                "\"\"\"\ntitle: A: title\nAuthor: me\n not a line\nrequirements: a, b>=1,<2 , c[x]\nfunding_url: https://x/y\n\"\"\"\nimport httpx, os\n",
            version: "1")
        #expect(code.frontMatter["title"]?.string == "A: title")
        #expect(code.frontMatter["author"]?.string == "me")
        #expect(code.frontMatter["funding_url"]?.string == "https://x/y")
        #expect(code.requirements == ["a", "b>=1,<2", "c[x]", "httpx"])
    }

    @Test(arguments: ["", "import os", "# x\n\"\"\"\ntitle: no\n\"\"\"", "\"\"\"title: no\"\"\"\nx: 1"]) func `no leading text, no keys`(
        content: String
    ) {
        #expect(FrontMatter.parse(content).isEmpty)
    }

    @Test func `packages that are imported without being named`() {
        let content =
            "\"\"\"\nrequirements: Requests==2\n\"\"\"\nimport requests\nfrom bs4 import X\nimport json, aiohttp as a\n  import numpy\nfrom pydantic.fields import Y"
        #expect(
            FunctionCode(id: "x", content: content, version: "").requirements == ["Requests==2", "pydantic", "aiohttp", "beautifulsoup4", "numpy"])
    }
}
