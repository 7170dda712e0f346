extension Setting where Value == String {
    package static let functionFilterFailures = Setting(
        "HANEUL_FUNCTION_FILTER_FAILURES", area: .functions, default: "fail", runtime: true,
        "What becomes of a chat whose filter fails: `fail` refuses it with the filter's error, `skip` goes on without the filter.",
        problem: SettingRule.oneOf("fail", "skip"))
}

extension Setting where Value == Int {
    package static let functionDepth = Setting(
        "HANEUL_FUNCTION_DEPTH", area: .functions, default: 4, runtime: true, "How deep functions may call models that are functions.",
        problem: SettingRule.range(1...16))
}

extension Setting where Value == Bool {
    package static let enableFunctions = Setting(
        "HANEUL_ENABLE_FUNCTIONS", area: .functions, default: true, "Runs Python functions and tools. Without it they are kept but not run.")
}

extension SettingCatalog {
    static let functionChats: [SettingDefinition] = [
        Setting.enableFunctions.definition, Setting.functionFilterFailures.definition, Setting.functionDepth.definition,
    ]
}
