import GRDB

/// One step of the schema. Once released a step is never edited; the next change is a new step.
struct Migration: Sendable {
    let name: String
    let run: @Sendable (Database) throws -> Void
}

enum Migrations {
    /// In the order in which they are applied.
    static let all: [Migration] = [
        M001_Settings.migration,
        M010_Accounts.migration,
        M011_Audit.migration,
        M012_Imports.migration,
        M020_Models.migration,
        M030_Documents.migration,
        M031_Files.migration,
        M032_TextCollections.migration,
        M033_Knowledge.migration,
        M034_Ingestion.migration,
        M035_Search.migration,
        M040_Chats.migration,
        M060_Functions.migration,
        M041_FileRequestKeys.migration,
        M050_Usage.migration,
        M036_KnowledgeOrder.migration,
        M037_Prompts.migration,
        M038_Memories.migration,
        M039_Notes.migration,
        M042_Skills.migration,
        M043_ChatReads.migration,
        M080_Feedback.migration,
    ]
}
