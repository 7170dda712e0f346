/// Remembers what was taken in from another program, so that a second import takes nothing twice and brings nothing back that
/// was deleted here since.
package protocol ImportLedger: Sendable {
    /// Ids of a kind (`account`, `chat`, ...) that were taken from the source.
    func taken(_ kind: String, source: String) async throws -> Set<String>
    /// Harmless for ids that are there already.
    func mark(_ ids: [String], kind: String, source: String) async throws
    /// Whether any source had such an id.
    func contains(_ id: String, kind: String) async throws -> Bool
}
