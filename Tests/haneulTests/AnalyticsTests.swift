import Domain
import Foundation
import HTTPTypes
import SQLiteStorage
import Testing

/// Counted calls in the shapes of Open WebUI, and what is read of a chat.
struct AnalyticsTests {
    private static let day = 20_000

    private static func call(_ user: String, _ model: String, day: Int, tokens: Int) -> UsageRecord {
        UsageRecord(
            startedAt: day * 86400 + 60, userID: user, keyID: nil, modelID: model, upstreamModelID: model, upstream: "openai:0", kind: .chat,
            isStream: false, tokens: TokenCounts(input: tokens, output: 2 * tokens), isEstimated: false, cost: 0, milliseconds: 10,
            firstByteMilliseconds: 5, status: 200, failure: nil, requestID: "r")
    }

    private static func write(_ records: [UsageRecord], _ server: ServerFixture) async throws {
        let store = SQLiteUsageStore(database: try SQLiteDatabase(path: server.path + "/haneul.db"))
        let sums = records.map { record in
            var figures = UsageFigures()
            figures.add(record)
            return UsageSum(UsageSlot(of: record), figures)
        }
        try await store.write(records, sums)
    }

    @Test func `calls are summed by model, account and day`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            try await Self.write(
                [
                    Self.call(user.id, "a", day: Self.day, tokens: 1), Self.call(user.id, "a", day: Self.day + 1, tokens: 1),
                    Self.call(admin.id, "a", day: Self.day, tokens: 10), Self.call(admin.id, "b", day: Self.day, tokens: 100),
                ], server)
            func get(_ path: String) async throws -> ServerFixture.Answer {
                try await server.call(.get, "/api/v1/analytics/" + path, token: admin.token)
            }
            #expect(
                try await get("models")["models"] == [
                    ["model_id": "a", "count": 3, "unique_users": 2], ["model_id": "b", "count": 1, "unique_users": 1],
                ])
            #expect(try await get("users?metric=tokens")["users"]?[0]?["user_id"]?.string == admin.id)
            #expect(try await get("users")["users"]?[0]?["count"] == 2)
            #expect(try await get("users?limit=1")["users"]?.array?.count == 1)
            let tokens = try await get("tokens")
            #expect(tokens["total_tokens"] == 336)
            #expect(tokens["models"]?[0] == ["model_id": "b", "input_tokens": 100, "output_tokens": 200, "total_tokens": 300, "message_count": 1])
            #expect(
                try await get("daily")["data"] == [
                    ["date": .string(CalendarDay.text(dayNumber: Self.day)), "models": ["a": 2, "b": 1]],
                    ["date": .string(CalendarDay.text(dayNumber: Self.day + 1)), "models": ["a": 1]],
                ])
            #expect(try await get("daily?metric=tokens&start_date=\((Self.day + 1) * 86400)")["data"]?[0]?["models"] == ["a": 3])
            let summary = try await get("summary")
            #expect(summary["total_messages"] == 4)
            #expect(summary["total_users"] == 2)
            let group = try await server.call(.post, "/api/v1/groups/create", token: admin.token, ["name": "G", "description": ""])
            let groupID = try #require(group["id"]?.string)
            #expect(try await get("summary?group_id=\(groupID)")["total_messages"] == 0)
            _ = try await server.call(
                .post, "/api/v1/groups/id/\(groupID)/users/add", token: admin.token, ["user_ids": [.string(user.id)]])
            #expect(try await get("summary?group_id=\(groupID)")["total_messages"] == 2)
            for wrong in ["summary?start_date=5&end_date=1", "daily?granularity=hourly", "users?metric=x", "users?limit=0", "tokens?start_date=x"] {
                #expect([400, 422].contains(try await get(wrong).status), "\(wrong)")
            }
            #expect(try await server.call(.get, "/api/v1/analytics/summary", token: user.token).status == 401)
        }
    }

    @Test func `one's own usage has a day for each day, and nobody else's`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            try await Self.write(
                [
                    Self.call(user.id, "a", day: Self.day, tokens: 1), Self.call(user.id, "b", day: Self.day + 1, tokens: 10),
                    Self.call(user.id, "b", day: Self.day + 1, tokens: 10), Self.call(admin.id, "c", day: Self.day, tokens: 100),
                ], server)
            let (start, end) = (Self.day * 86400, (Self.day + 9) * 86400)
            let own = try await server.call(.get, "/api/v1/users/usage?start_date=\(start)&end_date=\(end)", token: user.token)
            #expect(own["totals"]?["lifetime_tokens"] == 63)
            #expect(own["totals"]?["active_days"] == 2)
            #expect(own["totals"]?["longest_streak"] == 2)
            #expect(own["totals"]?["current_streak"] == 0)
            #expect(own["totals"]?["user_messages"] == 3)
            #expect(own["heatmap"]?.array?.count == 10)
            #expect(own["heatmap"]?[1]?["models"] == ["b": 4])
            #expect(own["cumulative_heatmap"]?[9]?["tokens"] == 63)
            #expect(own["insights"]?["most_used_model"] == "b")
            #expect(own["period"]?["days"] == 10)
            #expect(try await server.call(.get, "/api/v1/users/usage", token: user.token)["heatmap"]?.array?.count == 730)
            for wrong in ["days=6", "start_date=9&end_date=1", "start_date=0", "end_date=x"] {
                #expect([400, 422].contains(try await server.call(.get, "/api/v1/users/usage?\(wrong)", token: user.token).status), "\(wrong)")
            }
        }
    }

    @Test func `a chat is read when its owner looks at it`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            let folder = try #require(try await server.call(.post, "/api/v1/folders/", token: user.token, ["name": "F"])["id"]?.string)
            let id = try #require(
                try await server.call(.post, "/api/v1/chats/new", token: user.token, ["chat": ["title": "T"], "folder_id": .string(folder)])["id"]?
                    .string)
            func lastRead() async throws -> JSONValue? {
                try await server.call(.get, "/api/v1/chats/list?include_folders=true", token: user.token).body[0]?["last_read_at"]
            }
            #expect(try await lastRead()?.int != nil)
            #expect(try await server.call(.post, "/api/v1/chats/\(id)/unread", token: admin.token).status == 404)
            let unread = try await server.call(.post, "/api/v1/chats/\(id)/unread", token: user.token)
            #expect(unread["folder_unread_counts"] == .object([folder: 1]))
            #expect(try await lastRead() == .null)
            #expect(try await server.call(.get, "/api/v1/chats/\(id)", token: user.token).status == 200)
            #expect(try await lastRead()?.int != nil)
            _ = try await server.call(.post, "/api/v1/chats/\(id)/unread", token: user.token)
            let read = try await server.call(.post, "/api/v1/chats/read", token: user.token)
            #expect(read["updated_count"] == 1)
            #expect(read["folder_unread_counts"] == .object([folder: 0]))
        }
    }

    @Test func `who may read a shared chat, and lists of others' chats`() async throws {
        for isAllowed in [false, true] {
            try await ServerFixture.with(["ENABLE_ADMIN_CHAT_ACCESS": String(isAllowed)]) { server in
                let admin = try await server.administrator()
                let user = try await server.account(.user, by: admin)
                let id = try #require(try await server.call(.post, "/api/v1/chats/new", token: user.token, ["chat": ["title": "T"]])["id"]?.string)
                #expect(try await server.call(.get, "/api/v1/chats/shared/\(id)/access", token: user.token).body == [])
                #expect(try await server.call(.get, "/api/v1/chats/shared/\(id)/access", token: admin.token).status == 404)
                _ = try await server.call(.post, "/api/v1/chats/\(id)/share", token: user.token)
                #expect(
                    try await server.call(.get, "/api/v1/chats/shared/\(id)/access", token: user.token).body[0]?["principal_id"] == "*")
                let list = try await server.call(.get, "/api/v1/chats/list/user/\(user.id)", token: admin.token)
                #expect(list.status == (isAllowed ? 200 : 403))
                if isAllowed { #expect(list.body[0]?["id"]?.string == id) }
                #expect(try await server.call(.get, "/api/v1/chats/list/user/\(admin.id)", token: user.token).status == 401)
                let messages = try await server.call(.get, "/api/v1/analytics/messages?user_id=\(user.id)", token: admin.token)
                #expect(messages.status == (isAllowed ? 200 : 403))
            }
        }
    }
}
