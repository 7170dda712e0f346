import Domain

/// PowerPoint presentations (ECMA-376 PresentationML), one section a slide in the order of the show: title, texts, tables,
/// diagrams, then the speaker's notes.
struct PPTXReader: FormatReader {
    let limits: ExtractionLimits

    func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        let archive = try ZipArchive(path: request.path, kind: "PowerPoint", limits: limits) { name in
            if name == "docProps/core.xml" { return true }
            guard name.hasSuffix(".xml") || name.hasSuffix(".rels") else { return false }
            return ["ppt/slides/", "ppt/notesSlides/", "ppt/diagrams/data", "ppt/_rels/"].contains { name.hasPrefix($0) }
                || name == "ppt/presentation.xml"
        }
        guard let presentation = archive["ppt/presentation.xml"] else {
            throw ExtractionFailure.damaged("PowerPoint", "it has no presentation part.")
        }
        let relationships = try PackageRelationships(of: "ppt/presentation.xml", in: archive, kind: "PowerPoint", limits: limits)
        let properties = DocumentProperties(archive["docProps/core.xml"], kind: "PowerPoint", limits: limits).metadata
        try await receive(.document(separator: "\n\n", hasMarkdownHeadings: false))
        var characters = 0
        for (index, id) in try slideIdentifiers(presentation).enumerated() {
            guard let part = relationships.targets[id]?.part, let slide = archive[part] else { continue }
            var builder = TextBuilder(limit: limits.characters - characters)
            try builder.add("Slide \(index + 1):")
            let head = builder.count
            try addShapes(slide, to: &builder, isNotes: false)
            let targets = try PackageRelationships(of: part, in: archive, kind: "PowerPoint", limits: limits).targets.values
            for target in targets.filter({ $0.type == "diagramData" }).sorted(by: { $0.part < $1.part }) {
                if let diagram = archive[target.part] { try addShapes(diagram, to: &builder, isNotes: false) }
            }
            if let notes = targets.first(where: { $0.type == "notesSlide" }).flatMap({ archive[$0.part] }) {
                var text = TextBuilder(limit: limits.characters)
                try addShapes(notes, to: &text, isNotes: true)
                if !text.isEmpty { try builder.add("Notes: " + text.run.text) }
            }
            guard builder.count > head else { continue }
            characters += builder.count
            try await receive(.section(properties.merging(["slide": .int(index + 1)])))
            try await receive(.text(builder.run))
        }
    }

    private func slideIdentifiers(_ bytes: [UInt8]) throws -> [String] {
        let reader = try XMLPullReader(bytes, kind: "PowerPoint", maximumDepth: limits.xmlDepth)
        var identifiers: [String] = []
        while let node = try reader.next() {
            if node == .start, reader.name == "sldId", let id = reader.attribute("r:id") { identifiers.append(id) }
        }
        return identifiers
    }

    private func addShapes(_ bytes: [UInt8], to builder: inout TextBuilder, isNotes: Bool) throws {
        let reader = try XMLPullReader(bytes, kind: "PowerPoint", maximumDepth: limits.xmlDepth)
        var table: TableRows?
        var isTitle = false
        var isIgnored = false
        var lines: [String] = []
        var paragraph = ""
        while let node = try reader.next() {
            switch (node, reader.name) {
            case (.start, "Fallback"): try reader.skip()
            case (.start, "sp"): (isTitle, isIgnored, lines) = (false, false, [])
            case (.start, "ph"):
                let type = reader.attribute("type") ?? "body"
                isTitle = type == "title" || type == "ctrTitle"
                isIgnored = ["sldNum", "dt", "ftr", "hdr", "sldImg"].contains(type) || (isNotes && type != "body")
            case (.start, "t"): paragraph += try reader.content()
            case (.start, "br"): paragraph += "\n"
            case (.start, "p"): paragraph = ""
            case (.end, "p"):
                if table != nil { table?.addText(paragraph) } else { lines.append(paragraph) }
                paragraph = ""
            // A node of a diagram has its text directly, a shape in `txBody`.
            case (.end, "txBody"), (.end, "pt"):
                guard table == nil else { break }
                let text = lines.map(\.trimmedBlock).filter { !$0.isEmpty }.joined(separator: "\n")
                lines = []
                if isIgnored { break }
                try builder.add(text, separator: "\n", titledAs: isTitle && !isNotes ? text : nil)
            case (.start, "tbl"): table = TableRows()
            case (.start, "tr"): table?.startRow()
            case (.start, "tc"): table?.startCell()
            case (.end, "tbl"):
                try table?.add(to: &builder)
                table = nil
            default: break
            }
        }
    }
}
