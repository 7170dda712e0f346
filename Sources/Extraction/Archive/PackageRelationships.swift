/// The relationships of one part of an Office Open XML package (`_rels/x.xml.rels`): where its ids lead.
struct PackageRelationships {
    struct Target: Hashable {
        /// The last component of the type's URI: `slide`, `notesSlide`, `worksheet`.
        var type: String
        /// The part's name in the package.
        var part: String
    }

    private(set) var targets: [String: Target] = [:]

    /// - Parameter part: the part whose relationships these are, `ppt/slides/slide1.xml`.
    init(of part: String, in archive: ZipArchive, kind: String, limits: ExtractionLimits) throws {
        guard let bytes = archive[Self.name(for: part)] else { return }
        let reader = try XMLPullReader(bytes, kind: kind, maximumDepth: limits.xmlDepth)
        while let node = try reader.next() {
            guard node == .start, reader.name == "Relationship", reader.attribute("TargetMode") != "External" else { continue }
            guard let id = reader.attribute("Id"), let target = reader.attribute("Target") else { continue }
            let type = reader.attribute("Type")?.split(separator: "/").last.map(String.init) ?? ""
            targets[id] = Target(type: type, part: Self.resolve(target, from: part))
        }
    }

    /// `_rels/document.xml.rels` beside the part.
    static func name(for part: String) -> String {
        let components = part.split(separator: "/")
        let folder = components.dropLast().map { "\($0)/" }.joined()
        return folder + "_rels/" + (components.last.map(String.init) ?? "") + ".rels"
    }

    static func resolve(_ target: String, from part: String) -> String {
        if target.hasPrefix("/") { return String(target.dropFirst()) }
        var components = part.split(separator: "/").dropLast().map(String.init)
        for component in target.split(separator: "/") {
            switch component {
            case ".": break
            case "..": _ = components.popLast()
            default: components.append(String(component))
            }
        }
        return components.joined(separator: "/")
    }
}
