import Domain

/// One import under way: what the steps share.
final class ImportRun {
    let source: OpenWebUIDatabase
    let here: ImportDestination
    let identity: String
    /// The folder of uploaded bytes; `nil` when there is none.
    let uploads: String?
    /// Only counts.
    let isDryRun: Bool
    var report: ImportReport
    /// Ids there to ids here, for accounts and groups that are here.
    var users: [String: String] = [:]
    var groups: [String: String] = [:]
    /// Files there that are here, or would be.
    var files: Set<String> = []

    init(source: OpenWebUIDatabase, here: ImportDestination, identity: String, uploads: String?, isDryRun: Bool, name: String) {
        self.source = source
        self.here = here
        self.identity = identity
        self.uploads = uploads
        self.isDryRun = isDryRun
        report = ImportReport(source: name, isDryRun: isDryRun)
    }

    /// What to do with one thing.
    enum Verdict {
        case taken
        case already
        case leftOut(String)
    }

    /// Goes through rows of one kind. `take` brings one thing in completely, whatever part of it is here already: a run that was
    /// killed may have left it half done. In a dry run it only decides.
    ///
    /// - Parameters:
    ///   - kind: as in the report and the ledger.
    ///   - finish: writes what `take` has only collected, before it is noted as taken.
    func take(
        _ kind: String, _ rows: [SourceRow], name: (SourceRow) -> String, finish: () async throws -> Void = {},
        _ take: (SourceRow) async throws -> Verdict
    ) async throws {
        let earlier = try await here.ledger.taken(kind, source: identity)
        var done: [String] = []
        report[kind].found += rows.count
        for row in rows {
            if earlier.contains(row.id) {
                report[kind].already += 1
                continue
            }
            switch try await take(row) {
            case .taken:
                report[kind].taken += 1
                done.append(row.id)
            case .already:
                report[kind].already += 1
                done.append(row.id)
            case .leftOut(let reason): report.leaveOut(kind, row.id, name(row), reason)
            }
        }
        try await finish()
        if !isDryRun, !done.isEmpty { try await here.ledger.mark(done, kind: kind, source: identity) }
    }

    static let ownerMissing = "its account is not here"

    /// Grants of a resource there, for the same resource here.
    func bringGrants(_ kind: ResourceID.Kind, _ id: String, _ all: [String: [SourceRow]]) async throws {
        guard !isDryRun, let rows = all["\(kind.rawValue) \(id)"], !rows.isEmpty else { return }
        let resource = ResourceID(kind, id)
        var grants = try await here.grants.grants(for: resource)
        for row in rows {
            guard let type = row.text("principal_type").flatMap(AccessGrant.PrincipalType.init), let there = row.text("principal_id"),
                let permission = row.text("permission").flatMap(AccessGrant.Permission.init),
                let principal = there == "*" && type == .user ? "*" : (type == .user ? users : groups)[there]
            else { continue }
            let isThere = grants.contains { $0.principalType == type && $0.principalID == principal && $0.permission == permission }
            if isThere { continue }
            grants.append(
                AccessGrant(
                    resource: resource, principalType: type, principalID: principal, permission: permission,
                    createdAt: row.time("created_at") ?? .now()))
        }
        try await here.grants.replace(grants, for: resource)
    }

    /// All grants there, by `kind id`.
    func readGrants() async throws -> [String: [SourceRow]] {
        Dictionary(grouping: try await source.rows("access_grant")) { "\($0.text("resource_type") ?? "") \($0.text("resource_id") ?? "")" }
    }
}
