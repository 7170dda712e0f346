package import Domain

/// Where an import writes: the ports of everything that it takes.
package struct ImportDestination: Sendable {
    package var users: any UserStore
    package var groups: any GroupStore
    package var grants: any AccessGrantStore
    package var keys: any APIKeyStore
    package var secrets: any SecretSource
    package var sealer: any SecretSealer
    package var files: any FileStore
    package var blobs: any BlobStore
    package var makeDigest: DigestMaker
    package var knowledge: any KnowledgeStore
    package var models: any WorkspaceModelStore
    package var chats: any ChatStore
    package var folders: any ChatFolderStore
    package var functions: any FunctionStore
    package var toolkits: any ToolkitStore
    package var valves: ValveBook
    package var prompts: any PromptStore
    package var memories: any MemoryStore
    package var notes: any NoteStore
    package var skills: any SharedItemStore<Skill>
    package var settings: Settings
    package var ledger: any ImportLedger

    package init(
        users: any UserStore, groups: any GroupStore, grants: any AccessGrantStore, keys: any APIKeyStore, secrets: any SecretSource,
        sealer: any SecretSealer, files: any FileStore, blobs: any BlobStore, makeDigest: @escaping DigestMaker, knowledge: any KnowledgeStore,
        models: any WorkspaceModelStore, chats: any ChatStore, folders: any ChatFolderStore, functions: any FunctionStore,
        toolkits: any ToolkitStore, valves: ValveBook, prompts: any PromptStore, memories: any MemoryStore, notes: any NoteStore,
        skills: any SharedItemStore<Skill>, settings: Settings, ledger: any ImportLedger
    ) {
        self.users = users
        self.groups = groups
        self.grants = grants
        self.keys = keys
        self.secrets = secrets
        self.sealer = sealer
        self.files = files
        self.blobs = blobs
        self.makeDigest = makeDigest
        self.knowledge = knowledge
        self.models = models
        self.chats = chats
        self.folders = folders
        self.functions = functions
        self.toolkits = toolkits
        self.valves = valves
        self.prompts = prompts
        self.memories = memories
        self.notes = notes
        self.skills = skills
        self.settings = settings
        self.ledger = ledger
    }
}
