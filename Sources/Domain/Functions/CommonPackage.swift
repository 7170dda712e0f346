/// Packages that published functions import without naming them, because they come with the program they were written for.
package enum CommonPackage {
    /// What is imported, and the package it comes from.
    package static let byModule: [(module: String, package: String)] = [
        ("pydantic", "pydantic"), ("requests", "requests"), ("httpx", "httpx"), ("aiohttp", "aiohttp"), ("openai", "openai"),
        ("anthropic", "anthropic"), ("bs4", "beautifulsoup4"), ("numpy", "numpy"), ("pandas", "pandas"), ("tiktoken", "tiktoken"), ("yaml", "PyYAML"),
        ("PIL", "pillow"), ("loguru", "loguru"), ("markdown", "Markdown"), ("aiofiles", "aiofiles"), ("pytz", "pytz"), ("aiocache", "aiocache"),
        ("dotenv", "python-dotenv"), ("psutil", "psutil"), ("cryptography", "cryptography"), ("jwt", "PyJWT"), ("jinja2", "Jinja2"),
        ("boto3", "boto3"), ("lxml", "lxml"), ("pypdf", "pypdf"), ("openpyxl", "openpyxl"), ("docx", "python-docx"), ("pptx", "python-pptx"),
        ("sqlalchemy", "SQLAlchemy"), ("redis", "redis"), ("validators", "validators"), ("dateutil", "python-dateutil"), ("ddgs", "ddgs"),
        ("youtube_transcript_api", "youtube-transcript-api"), ("fake_useragent", "fake-useragent"), ("tenacity", "tenacity"),
    ]

    /// Packages of the table that the code's import lines mention, each once.
    package static func imported(by content: String) -> [String] {
        var modules = Set<Substring>()
        for line in content.split(whereSeparator: \.isNewline) {
            let words = line.split(maxSplits: 1, whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count == 2, words[0] == "import" || words[0] == "from" else { continue }
            let names = words[0] == "from" ? words[1].split(separator: " ").prefix(1) : words[1].split(separator: ",")[...]
            for name in names {
                modules.insert(name.drop { $0 == " " }.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
            }
        }
        return byModule.filter { modules.contains($0.module[...]) }.map(\.package)
    }
}
