extension Setting where Value == String {
    package static let pythonInterpreter = Setting("HANEUL_PYTHON", area: .functions, default: "python3", "Interpreter of Python functions.")
    package static let functionIsolation = Setting(
        "HANEUL_FUNCTION_ISOLATION", area: .functions, default: "auto",
        "`auto` uses what protection this machine offers and says which; `required` runs no function where its files cannot be protected.",
        problem: SettingRule.oneOf("auto", "required"))
}

extension Setting where Value == [String] {
    package static let functionNetwork = Setting(
        "HANEUL_FUNCTION_NETWORK", area: .functions, default: [], runtime: true,
        "Ids of the functions that may use the network (`tool:` before a tool's id), separated by `;`. `*` allows all.")
}

extension Setting where Value == Bool {
    package static let functionPerUser = Setting(
        "HANEUL_FUNCTION_PER_USER", area: .functions, default: false,
        "A worker for each user of a function, so that its code never holds two users' calls in one process.")
}

extension Setting where Value == Int {
    package static let functionTimeout = Setting(
        "HANEUL_FUNCTION_TIMEOUT", area: .functions, default: 300, "Longest call of a function, in seconds.", problem: SettingRule.range(1...86400))
    package static let functionMemoryMegabytes = Setting(
        "HANEUL_FUNCTION_MEMORY_MB", area: .functions, default: 1024, "Address space of a function's worker, in MiB.",
        problem: SettingRule.range(128...1_048_576))
    package static let functionProcessorSeconds = Setting(
        "HANEUL_FUNCTION_CPU_SECONDS", area: .functions, default: 600, "Processor time of a worker, which is replaced before it is used up.",
        problem: SettingRule.range(5...86400))
    package static let functionFileMegabytes = Setting(
        "HANEUL_FUNCTION_FILE_MB", area: .functions, default: 64,
        "Largest file a function may write, and its scratch folder where that can be limited.",
        problem: SettingRule.range(1...65536))
    package static let functionProcesses = Setting(
        "HANEUL_FUNCTION_PROCESSES", area: .functions, default: 96, "Processes and threads of a worker.", problem: SettingRule.range(16...4096))
    package static let functionWorkers = Setting(
        "HANEUL_FUNCTION_WORKERS", area: .functions, default: 4, "Most workers of one function; a second starts when the first does not listen.",
        problem: SettingRule.range(1...64))
    package static let functionIdleSeconds = Setting(
        "HANEUL_FUNCTION_IDLE", area: .functions, default: 600, "Seconds without a call after which a worker is stopped.",
        problem: SettingRule.range(1...86400))
}

extension SettingCatalog {
    static let functions: [SettingDefinition] = [
        Setting.pythonInterpreter.definition, Setting.functionIsolation.definition, Setting.functionNetwork.definition,
        Setting.functionPerUser.definition, Setting.functionTimeout.definition, Setting.functionMemoryMegabytes.definition,
        Setting.functionProcessorSeconds.definition, Setting.functionFileMegabytes.definition, Setting.functionProcesses.definition,
        Setting.functionWorkers.definition, Setting.functionIdleSeconds.definition,
    ]
}
