/// Reads the code of a plug-in from the internet, for an administrator to look at. Nothing is stored.
package struct PluginDownload: Sendable {
    private let fetcher: any PageFetcher

    package init(fetcher: any PageFetcher) { self.fetcher = fetcher }

    /// - Returns: a name made from the address, and the code.
    /// - Throws: `AppError(.badRequest)` without what the network said.
    package func load(_ address: String) async throws -> (name: String, content: String) {
        let url = Self.rawAddress(address.trimmed)
        guard url.hasPrefix("https://") || url.hasPrefix("http://") else { throw AppError(.badRequest, "Please enter a valid URL") }
        let page: FetchedPage
        do {
            page = try await fetcher.fetch(url)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw AppError(.badRequest, "Failed to fetch the function from the URL.", cause: error)
        }
        guard let content = String(validating: page.body, as: UTF8.self), !content.trimmed.isEmpty else {
            throw AppError(.badRequest, "No data received from the URL")
        }
        try PluginRules.check(content: content)
        return (Self.name(of: url), content)
    }

    /// GitHub's pages about a file or a folder lead to the file itself.
    static func rawAddress(_ address: String) -> String {
        for scheme in ["https://github.com/", "http://github.com/"] where address.hasPrefix(scheme) {
            let parts = address.dropFirst(scheme.count).prefix { $0 != "?" && $0 != "#" }.split(separator: "/").map(String.init)
            guard parts.count >= 4, parts[2] == "blob" || parts[2] == "tree" else { continue }
            let path = parts[4...].joined(separator: "/")
            let raw = "https://raw.githubusercontent.com/\(parts[0])/\(parts[1])/refs/heads/\(parts[3])"
            if parts[2] == "blob" { return path.isEmpty ? address : "\(raw)/\(path)" }
            return path.isEmpty ? "\(raw)/main.py" : "\(raw)/\(path)/main.py"
        }
        return address
    }

    /// The file's name, or its folder's where the file has a name that every plug-in's could have.
    static func name(of url: String) -> String {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        var parts = path.split(separator: "/").dropFirst(2).map(String.init)
        var name = parts.popLast() ?? "function"
        if name.hasSuffix(".py") { name.removeLast(3) }
        let generic: Set<String> = ["main", "index", "__init__", "function", "functions", "tool", "tools", "pipe", "filter", "action"]
        if generic.contains(name.lowercased()), let folder = parts.last { name = folder }
        return name
    }
}
