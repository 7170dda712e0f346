import Domain
import HTTPAPI
import SQLiteStorage

/// What people write and share beside chats and documents.
struct Workspace {
    let controllers: [any Controller]
    /// What chats do with it, before anything is looked up.
    let steps: [any ChatStep]
}

extension Server {
    static func workspace(database: SQLiteDatabase, settings: Settings, accounts: Accounts, encoders: any SearchEncoders) -> Workspace {
        let prompts = PromptLibrary(store: SQLitePromptStore(database: database), grants: accounts.grants)
        let memories = MemoryLibrary(
            store: SQLiteMemoryStore(database: database), encoders: encoders, isOn: { settings.isFeatureOn("ENABLE_MEMORIES") },
            threshold: { settings[.relevanceThreshold] })
        let notes = NoteLibrary(
            store: SQLiteNoteStore(database: database), grants: accounts.grants, isOn: { settings.isFeatureOn("ENABLE_NOTES") })
        let skills = SkillLibrary(store: SQLiteSkillStore(database: database), grants: accounts.grants)
        return Workspace(
            controllers: [
                PromptsController(library: prompts, users: accounts.users, audit: accounts.audit),
                MemoriesController(library: memories, audit: accounts.audit),
                NotesController(library: notes, users: accounts.users, audit: accounts.audit),
                SkillsController(library: skills, users: accounts.users, audit: accounts.audit),
            ],
            steps: [
                AddMemories(library: memories, isOn: { settings.isFeatureOn("ENABLE_MEMORY_SYSTEM_CONTEXT") }), AddSkills(library: skills),
            ])
    }
}

extension Settings {
    /// A switch that administrators set in the account settings; on unless they have turned it off.
    fileprivate func isFeatureOn(_ name: String) -> Bool { self[.foreignAccountSettings][name]?.bool ?? true }
}
