import Cryptography
import Domain
import Logging
import SQLiteStorage

extension Server {
    /// Encrypts anew what an earlier secret sealed. All or nothing, and harmless when there is nothing to do.
    static func reseal(_ database: SQLiteDatabase, _ box: SecretBox, _ logger: Logger) async throws {
        let outcome = try await SQLiteSealedTexts(database: database).reseal { $0.verdict(box) }
        if outcome.replaced > 0 { logger.notice("encrypted stored secrets with the new key", metadata: ["count": "\(outcome.replaced)"]) }
        if outcome.unreadable > 0 {
            logger.warning(
                "stored secrets cannot be read: they were encrypted with another WEBUI_SECRET_KEY; name it in WEBUI_SECRET_KEY_PREVIOUS",
                metadata: ["count": "\(outcome.unreadable)"])
        }
    }
}
