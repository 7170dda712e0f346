import Domain
import HTTPAPI
import SQLiteStorage

/// What people write and share beside chats and documents.
struct Workspace {
    let controllers: [any Controller]
}

extension Server {
    static func workspace(database: SQLiteDatabase, settings: Settings, accounts: Accounts) -> Workspace {
        let prompts = PromptLibrary(store: SQLitePromptStore(database: database), grants: accounts.grants)
        return Workspace(controllers: [PromptsController(library: prompts, users: accounts.users, audit: accounts.audit)])
    }
}
