import Domain

/// The table of configuration keys as text and as Markdown; `docs/configuration.md` is this, checked by a test.
enum ConfigurationReference {
    static func text() -> String {
        SettingDefinition.Area.allCases.map { area in
            let rows = SettingCatalog.all.filter { $0.area == area }.map { definition in
                "  \(definition.name)  (\(definition.kind.rawValue)\(shownDefault(definition).map { ", default \($0)" } ?? ""))\n      \(definition.summary)"
            }
            return "\(area.rawValue)\n\(rows.joined(separator: "\n"))"
        }.joined(separator: "\n\n")
    }

    static func markdown() -> String {
        var out = "# Configuration\n\nMade from the table in `Sources/Domain/Settings` by `haneul serve --help-config`; don't edit by hand.\n"
        out += "Precedence: changed by an admin at run time (marked ●), environment, `.env` or YAML file (`--config`), default.\n"
        for area in SettingDefinition.Area.allCases {
            out += "\n## \(area.rawValue)\n\n| Key | Type | Default | | What it does |\n|---|---|---|---|---|\n"
            for definition in SettingCatalog.all where definition.area == area {
                let names = ([definition.name] + definition.aliases).map { "`\($0)`" }.joined(separator: ", ")
                out += "| \(names) | \(definition.kind.rawValue) | \(shownDefault(definition).map { "`\($0)`" } ?? "") | "
                out += "\(definition.isRuntime ? "●" : "") | \(definition.summary) |\n"
            }
        }
        return out
    }

    private static func shownDefault(_ definition: SettingDefinition) -> String? {
        switch definition.defaultValue {
        case .string(let text): text.isEmpty ? nil : text
        case .array(let array) where array.isEmpty: nil
        case .object(let object) where object.isEmpty: nil
        case let value: value.jsonText
        }
    }
}
