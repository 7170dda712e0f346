extension Setting where Value == String {
    package static let host = Setting("HOST", area: .server, default: "0.0.0.0", "Address to listen on.")
    package static let dataDirectory = Setting("DATA_DIR", area: .server, default: "data", "Folder for the database, uploads and the vector index.")
    package static let secretKey = Setting(
        "WEBUI_SECRET_KEY", area: .server, default: "", secret: true,
        "Key that signs sessions and encrypts secrets. Made and kept in DATA_DIR/secret.key (mode 0600) when empty.")
    package static let strictTransport = Setting(
        "HSTS", area: .server, default: "max-age=31536000",
        "The Strict-Transport-Security header of answers over HTTPS, as max-age=31536000;includeSubDomains. Empty: none.",
        problem: { text in
            text.isEmpty
                || (text.lowercased().hasPrefix("max-age=") && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "=-; ".contains($0)) })
                ? nil : "must begin with max-age= and hold directives separated by ;"
        })
    package static let environment = Setting(
        "ENV", area: .server, default: "prod", "`dev` turns /docs and /openapi.json on.", problem: SettingRule.oneOf("prod", "dev", "test"))
    package static let name = Setting("WEBUI_NAME", area: .server, default: "Haneul", runtime: true, "Name shown to people.")
    package static let url = Setting("WEBUI_URL", area: .server, default: "", runtime: true, "Public address of this server.")
    package static let corsAllowOrigin = Setting(
        "CORS_ALLOW_ORIGIN", area: .server, default: "",
        "Origins that browsers may call from, separated by `;`. `*` allows all. Empty allows none but this server's own pages.")
    package static let logLevel = Setting(
        "LOG_LEVEL", aliases: ["GLOBAL_LOG_LEVEL"], area: .server, default: "info",
        "trace, debug, info, notice, warning, error or critical.",
        problem: { ["trace", "debug", "info", "notice", "warning", "error", "critical"].contains($0.lowercased()) ? nil : "is not a log level" })
    package static let defaultLocale = Setting(
        "DEFAULT_LOCALE", area: .server, default: "", runtime: true, "Language of the page when the browser names none.")
    package static let modelCache = Setting(
        "HANEUL_CACHE_DIR", area: .server, default: "", "Folder for downloaded encoders and page assets; ~/.cache/haneul when empty.")
    package static let pageFolder = Setting(
        "WEBUI_DIR", area: .server, default: "", "Folder with files that take the place of the page's built-in ones, read for each request; for working on the page.")
    package static let tlsCertificate = Setting(
        "TLS_CERTIFICATE", area: .server, default: "", "PEM file; with TLS_PRIVATE_KEY the server speaks HTTPS.")
    package static let tlsPrivateKey = Setting("TLS_PRIVATE_KEY", area: .server, default: "", "PEM file of the certificate's key.")
}

extension Setting where Value == [String] {
    package static let earlierSecretKeys = Setting(
        "WEBUI_SECRET_KEY_PREVIOUS", area: .server, default: [], secret: true,
        "Earlier values of WEBUI_SECRET_KEY, separated by `;`: what they signed and encrypted goes on working, nothing new is made with them.")
}

extension Setting where Value == Int {
    package static let port = Setting("PORT", area: .server, default: 3000, "Port to listen on.", problem: SettingRule.range(0...65535))
    package static let maximumBodyMegabytes = Setting(
        "MAX_BODY_MB", area: .server, default: 32, "Largest JSON request body, in MiB.", problem: SettingRule.range(1...1024))
    package static let shutdownSeconds = Setting(
        "SHUTDOWN_TIMEOUT", area: .server, default: 30, "How long running streams may go on after SIGTERM, in seconds.",
        problem: SettingRule.range(0...3600))
    package static let slowClientSeconds = Setting(
        "CLIENT_TIMEOUT", area: .server, default: 120,
        "How long a client may stay silent in the middle of a request, or not read its answer, in seconds.", problem: SettingRule.range(1...86400))
}

extension SettingCatalog {
    static let server: [SettingDefinition] = [
        Setting.host.definition, Setting.port.definition, Setting.dataDirectory.definition, Setting.secretKey.definition,
        Setting.earlierSecretKeys.definition, Setting.strictTransport.definition,
        Setting.environment.definition, Setting.name.definition, Setting.url.definition, Setting.corsAllowOrigin.definition,
        Setting.logLevel.definition, Setting.defaultLocale.definition, Setting.modelCache.definition, Setting.pageFolder.definition,
        Setting.tlsCertificate.definition,
        Setting.tlsPrivateKey.definition, Setting.maximumBodyMegabytes.definition, Setting.shutdownSeconds.definition,
        Setting.slowClientSeconds.definition,
    ]
}
