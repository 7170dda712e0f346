/// What pages show people before they write anything.
extension Setting where Value == String {
    package static let defaultModels = Setting(
        "DEFAULT_MODELS", area: .server, default: "", runtime: true, "Models that a new chat begins with, separated by commas.")
    package static let defaultPinnedModels = Setting(
        "DEFAULT_PINNED_MODELS", area: .server, default: "", runtime: true, "Models that stand at the side of a page, separated by commas.")
}

extension Setting where Value == [String] {
    package static let modelOrder = Setting(
        "MODEL_ORDER_LIST", area: .server, default: [], runtime: true, "Models that stand first in the list of models, in this order.")
}

extension Setting where Value == JSONValue {
    package static let banners = Setting(
        "WEBUI_BANNERS", area: .server, default: [], runtime: true,
        "Notices for everybody: a list of {id, type, title, content, dismissible, timestamp}.", problem: SettingRule.listOfObjects)
    package static let promptSuggestions = Setting(
        "DEFAULT_PROMPT_SUGGESTIONS", area: .server, default: [], runtime: true, "Prompts to begin with: a list of {title, content}.",
        problem: SettingRule.listOfObjects)
}

extension SettingRule {
    @Sendable static func listOfObjects(_ value: JSONValue) -> String? {
        value.array?.allSatisfy { $0.object != nil } == true ? nil : "must be a list of objects"
    }
}

extension SettingCatalog {
    static let page: [SettingDefinition] = [
        Setting.defaultModels.definition, Setting.defaultPinnedModels.definition, Setting.modelOrder.definition, Setting.banners.definition,
        Setting.promptSuggestions.definition,
    ]
}
