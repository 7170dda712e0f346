package import Domain

/// What every `UsageStore` must do.
package enum UsageStoreContract {
    /// - Parameter store: empty.
    /// - Returns: the statements that do not hold.
    package static func violations(of store: any UsageStore) async throws -> [String] {
        var violations: [String] = []
        func expect(_ statement: String, _ holds: Bool) { if !holds { violations.append(statement) } }
        func sums(_ records: [UsageRecord]) -> [UsageSum] {
            var sums: [UsageSlot: UsageFigures] = [:]
            for record in records { sums[UsageSlot(of: record), default: UsageFigures()].add(record) }
            return sums.map { UsageSum($0.key, $0.value) }
        }
        let day = 20_000
        func record(_ user: String, _ key: String?, _ model: String, day offset: Int = 0, input: Int, second: Int = 0) -> UsageRecord {
            UsageRecord(
                startedAt: (day + offset) * 86400 + second, userID: user, keyID: key, modelID: model, upstream: "openai:0", kind: .embedding,
                isStream: true, tokens: TokenCounts(input: input, output: 1, cached: 2, reasoning: 3), isEstimated: true, cost: input * 10,
                milliseconds: 40, firstByteMilliseconds: 4, status: 500, failure: .timeout, requestID: "r\(second)")
        }
        let first = [
            record("u", "k", "m", input: 10, second: 1), record("u", nil, "m", input: 20, second: 2), record("v", nil, "모델", input: 30, second: 3),
        ]
        let second = [record("u", "k", "m", input: 5, second: 4), record("u", "k", "m", day: 1, input: 7)]
        try await store.write(first, sums(first))
        try await store.write(second, sums(second))
        try await store.write([], [])

        let all = UsageQuery(days: day...(day + 1))
        let report = try await store.report(UsageQuery(days: day...(day + 1), groups: [.day, .key]), limit: 10)
        expect("rows of the latest day come first, then those with most tokens", report.rows.map { $0.figures.tokens.input } == [7, 50, 15])
        expect(
            "a row is named by its groups",
            report.rows.last?.names == [.day: CalendarDay.text(dayNumber: day), .key: "k"] && report.rows[1].names[.key] == "")
        expect("the total is of everything", report.total.tokens.input == 72 && report.total.calls == 5 && report.total.cost == 720)
        let figures = report.rows.last?.figures
        expect("every figure is summed up", figures?.calls == 2 && figures?.errors == 2 && figures?.streams == 2 && figures?.estimated == 2)
        expect("tokens of every kind", figures?.tokens == TokenCounts(input: 15, output: 2, cached: 4, reasoning: 6))
        expect("times", figures?.milliseconds == 80 && figures?.firstByteMilliseconds == 8 && figures?.answered == 2)
        expect("nothing is cut", !report.isCut)
        let cut = try await store.report(UsageQuery(days: day...day, groups: [.user]), limit: 1)
        expect("a cut says so, the total is whole", cut.isCut && cut.rows.count == 1 && cut.total.calls == 4)
        for (query, input) in [
            (UsageQuery(days: day...day, userID: "v"), 30), (UsageQuery(days: day...day, keyID: "k"), 15),
            (UsageQuery(days: day...day, modelID: "모델"), 30),
            (UsageQuery(days: day...day, upstream: "other"), 0), (UsageQuery(days: 0...1), 0), (UsageQuery(days: (day + 1)...(day + 1)), 7),
        ] {
            let found = try await store.report(query, limit: 10)
            expect("only what is asked for is summed up: \(query)", found.total.tokens.input == input && found.rows.isEmpty)
        }
        let models = try await store.report(UsageQuery(days: day...day, groups: [.model, .upstream, .user]), limit: 10)
        expect("groups combine", models.rows.map { $0.names[.model] } == ["m", "모델"] && models.rows.first?.names[.upstream] == "openai:0")

        let calls = try await store.calls(all, PageRequest(limit: 2, offset: 0))
        expect("calls are listed, the newest first", calls.total == 5 && calls.items == [second[1], second[0]])
        expect(
            "calls are filtered",
            try await store.calls(UsageQuery(days: day...day, userID: "v"), PageRequest(limit: 9, offset: 0)).items == [first[2]])
        var deleted = 0
        while case let count = try await store.purge(before: (day + 1) * 86400), count > 0 { deleted += count }
        expect("old calls are deleted", deleted == 4)
        expect("newer ones stay", try await store.calls(all, PageRequest(limit: 9, offset: 0)).items == [second[1]])
        expect("sums stay", try await store.report(all, limit: 9).total.calls == 5)
        return violations
    }
}
