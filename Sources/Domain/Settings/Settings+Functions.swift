extension Setting where Value == String {
    package static let pythonInterpreter = Setting("HANEUL_PYTHON", area: .functions, default: "python3", "Interpreter of Python functions.")
}

extension SettingCatalog {
    static let functions: [SettingDefinition] = [Setting.pythonInterpreter.definition]
}
