import Domain
import Foundation
import GRDB
import Synchronization

/// The keyword half of the search: BM25 over the terms of `KeywordTokenizer`, looked up in FTS5.
///
/// FTS5 finds the passages; they are scored here, over the terms that the index keeps for each passage. Its own `bm25()` counts
/// every term in the whole index for every query, which a search in a few documents among a million passages must not pay.
final class KeywordIndex: Sendable {
    private let database: SQLiteDatabase
    private let rarity = Mutex(Rarity())

    /// In how many passages terms are, remembered until the index has grown or shrunk by a twentieth.
    private struct Rarity {
        var total = 0
        var counts: [String: Int] = [:]
    }

    /// The most telling terms of a question that are looked up; a pasted page would otherwise cost a search a word.
    private static let maximumTerms = 48
    /// Passages that are scored for one search in a small set, and row ranges of one.
    private static let smallSet = 4000
    private static let maximumRanges = 64
    /// In a large set, terms in more passages than this only help to order what rarer terms found.
    private static let commonTerm = 50_000

    init(database: SQLiteDatabase) { self.database = database }

    /// The matches' `terms` are the question's own words, not what is left of them in the index.
    func search(_ query: String, in documents: Set<Int64>, limit: Int) async throws -> [KeywordMatch] {
        let words = KeywordTokenizer.words(of: query)
        return try await matches(query, in: documents, limit: limit).map { match in
            var match = match
            match.terms = match.terms.map { words[$0] ?? $0 }
            return match
        }
    }

    private func matches(_ query: String, in documents: Set<Int64>, limit: Int) async throws -> [KeywordMatch] {
        let terms = KeywordTokenizer.queryTerms(query)
        guard limit > 0, !terms.isEmpty, !documents.isEmpty else { return [] }
        return try await database.pool.read { database in
            let weighted = try self.weights(of: terms, database)
            // Every term is in the question, found or not; what no passage has cannot be looked up.
            let known = weighted.filter { $0.count > 0 }
            guard !known.isEmpty else { return [] }
            let scorer = PassageScorer(terms: known, total: weighted.reduce(0) { $0 + $1.weight })
            if let ranges = try Self.ranges(of: documents, database) {
                for range in ranges {
                    let cursor = try Row.fetchCursor(
                        database, sql: "SELECT rowid, terms FROM chunk_keyword WHERE chunk_keyword MATCH ? AND rowid BETWEEN ? AND ?",
                        arguments: [Self.expression(known), range.lowerBound, range.upperBound])
                    while let row = try cursor.next() { scorer.add(row[0], text: row[1]) }
                }
                // Ranges may run across passages of other documents.
                let inside = try Self.chunks(scorer.ids, in: documents, database)
                return scorer.matches(limit: limit) { inside.contains($0) }
            }
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT chunk_keyword.rowid, chunk_keyword.terms FROM chunk_keyword JOIN chunk ON chunk.id = chunk_keyword.rowid
                    WHERE chunk_keyword MATCH ? AND chunk.document_id IN (SELECT value FROM json_each(?))
                    ORDER BY bm25(chunk_keyword) LIMIT ?
                    """,
                arguments: [
                    Self.expression(Self.telling(known)), JSONValue.array(documents.map { .int(Int($0)) }).jsonText, max(limit * 2, 200),
                ])
            while let row = try rows.next() { scorer.add(row[0], text: row[1]) }
            return scorer.matches(limit: limit) { _ in true }
        }
    }

    // MARK: Terms

    private func weights(of terms: [String], _ database: Database) throws -> [WeightedTerm] {
        let total = try Int.fetchOne(database, sql: "SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'chunk'), 0)") ?? 0
        var counts = rarity.withLock { rarity in
            if abs(rarity.total - total) * 20 > rarity.total || rarity.counts.count > 200_000 { rarity = Rarity(total: total) }
            return rarity.counts
        }
        var fresh: [String: Int] = [:]
        for term in terms.prefix(512) where counts[term] == nil {
            let count = try Int.fetchOne(database, sql: "SELECT doc FROM chunk_term WHERE term = ?", arguments: [term]) ?? 0
            counts[term] = count
            // A term that is nowhere yet may be in the next passage.
            if count > 0 { fresh[term] = count }
        }
        if !fresh.isEmpty {
            let learned = fresh
            rarity.withLock { $0.counts.merge(learned) { $1 } }
        }
        let weighted = terms.prefix(512).map { WeightedTerm(text: $0, count: counts[$0] ?? 0, total: total) }
        guard weighted.count > Self.maximumTerms else { return weighted }
        let best = weighted.sorted { $0.weight > $1.weight }.prefix(Self.maximumTerms)
        // Rare words that nothing has must not push out all that could be found.
        let found = weighted.filter { $0.count > 0 }.sorted { $0.weight > $1.weight }.prefix(Self.maximumTerms)
        return Array(Set(best).union(found))
    }

    /// The terms that select passages in a large set: all that are not common, else the rarest one.
    private static func telling(_ terms: [WeightedTerm]) -> [WeightedTerm] {
        let telling = terms.filter { $0.count <= commonTerm }
        return telling.isEmpty ? [terms.min { $0.count < $1.count }!] : telling
    }

    /// Terms have letters and digits only; the quotes keep FTS5 from reading `or` as an operator.
    private static func expression(_ terms: [WeightedTerm]) -> String { terms.map { "\"\($0.text)\"" }.joined(separator: " OR ") }

    // MARK: Sets

    /// The ranges of passage ids that hold the documents; `nil` when they are too many to look through one by one.
    private static func ranges(of documents: Set<Int64>, _ database: Database) throws -> [ClosedRange<Int64>]? {
        guard documents.count <= 1000 else { return nil }
        let set = JSONValue.array(documents.map { .int(Int($0)) }).jsonText
        let passages = try Int.fetchOne(
            database, sql: "SELECT ifnull(sum(chunk_count), 0) FROM document WHERE id IN (SELECT value FROM json_each(?))", arguments: [set])
        guard let passages, passages <= smallSet else { return nil }
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT min(id) AS first, max(id) AS last FROM chunk WHERE document_id IN (SELECT value FROM json_each(?))
                GROUP BY document_id ORDER BY 1
                """, arguments: [set])
        var ranges: [ClosedRange<Int64>] = []
        var size: Int64 = 0
        for row in rows {
            let (first, last): (Int64, Int64) = (row["first"], row["last"])
            // Neighbours become one range, also over a small gap.
            if let previous = ranges.last, first <= previous.upperBound + 200 {
                ranges[ranges.count - 1] = previous.lowerBound...max(previous.upperBound, last)
            } else {
                ranges.append(first...last)
            }
        }
        size = ranges.reduce(0) { $0 + $1.upperBound - $1.lowerBound + 1 }
        return ranges.count <= maximumRanges && size <= smallSet ? ranges : nil
    }

    private static func chunks(_ ids: [Int64], in documents: Set<Int64>, _ database: Database) throws -> Set<Int64> {
        try Set(
            Int64.fetchCursor(
                database,
                sql: "SELECT id FROM chunk WHERE id IN (SELECT value FROM json_each(?)) AND document_id IN (SELECT value FROM json_each(?))",
                arguments: [
                    JSONValue.array(ids.map { .int(Int($0)) }).jsonText, JSONValue.array(documents.map { .int(Int($0)) }).jsonText,
                ]))
    }
}

/// A term of the question and how rare it is.
struct WeightedTerm: Hashable {
    var text: String
    /// Passages that have it.
    var count: Int
    /// The idf of BM25.
    var weight: Double

    init(text: String, count: Int, total: Int) {
        self.text = text
        self.count = count
        let total = Double(max(total, count))
        weight = log1p((total - Double(count) + 0.5) / (Double(count) + 0.5))
    }
}
