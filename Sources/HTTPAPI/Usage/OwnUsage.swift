import Domain

/// What `/api/v1/users/usage` says of one account. A call counts as a question and, unless it failed, an answer.
struct OwnUsage {
    private struct Day {
        var date: String
        var messages = 0
        var chats = 0
        var tokens = 0
        var models: [String: Int] = [:]

        mutating func add(_ other: Day) {
            messages += other.messages
            chats += other.chats
            tokens += other.tokens
            models.merge(other.models, uniquingKeysWith: +)
        }

        var wire: JSONValue {
            [
                "date": .string(date), "messages": .int(messages), "chats": .int(chats), "tokens": .int(tokens),
                "models": .object(JSONObject(models.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) })),
            ]
        }
    }

    private let lifetime: UsageReport
    private let chats: [ChatSummary]
    private let days: [Day]
    private let models: [(id: String, figures: UsageFigures)]
    private let calls: UsageFigures
    private let start: EpochSeconds
    private let end: EpochSeconds

    /// - Parameters:
    ///   - rows: of the period, by day and model.
    ///   - lifetime: by model.
    init(rows: [UsageReport.Row], lifetime: UsageReport, chats: [ChatSummary], start: EpochSeconds, end: EpochSeconds) {
        var days: [String: Day] = [:]
        var models: [String: UsageFigures] = [:]
        var calls = UsageFigures()
        for number in CalendarDay.number(start)...CalendarDay.number(end) {
            let date = CalendarDay.text(dayNumber: number)
            days[date] = Day(date: date)
        }
        for row in rows {
            let (date, model) = (row.names[.day] ?? "", row.names[.model] ?? "")
            days[date]?.messages += Self.messages(row.figures)
            days[date]?.tokens += row.figures.tokens.total
            days[date]?.models[model, default: 0] += Self.messages(row.figures)
            models[model, default: UsageFigures()].add(row.figures)
            calls.add(row.figures)
        }
        for chat in chats { days[CalendarDay.text(chat.updatedAt)]?.chats += 1 }
        self.lifetime = lifetime
        self.chats = chats
        self.days = days.values.sorted { $0.date < $1.date }
        self.models = models.map { ($0.key, $0.value) }.sorted { ($1.1.calls, $0.0) < ($0.1.calls, $1.0) }
        self.calls = calls
        (self.start, self.end) = (start, end)
    }

    private static func messages(_ figures: UsageFigures) -> Int { 2 * figures.calls - figures.errors }

    var wire: JSONValue {
        let messages = Self.messages(calls)
        let activeDays = days.count { $0.messages > 0 }
        return [
            "totals": [
                "lifetime_tokens": .int(lifetime.total.tokens.total), "input_tokens": .int(lifetime.total.tokens.input),
                "output_tokens": .int(lifetime.total.tokens.output), "peak_daily_tokens": .int(days.map(\.tokens).max() ?? 0),
                "longest_chat_seconds": .int(chats.map { max(0, $0.updatedAt - $0.createdAt) }.max() ?? 0),
                "current_streak": .int(days.reversed().prefix { $0.messages > 0 }.count), "longest_streak": .int(longestStreak),
                "total_chats": .int(chats.count), "active_days": .int(activeDays), "models_used": .int(lifetime.rows.count),
                "messages": .int(messages), "user_messages": .int(calls.calls), "assistant_messages": .int(calls.calls - calls.errors),
            ],
            "heatmap": .array(days.map(\.wire)), "weekly_heatmap": .array(weeks.map(\.wire)), "cumulative_heatmap": .array(cumulative.map(\.wire)),
            "insights": [
                "most_used_model": .optional(models.first?.id), "average_tokens_per_chat": Self.ratio(lifetime.total.tokens.total, chats.count),
                "average_messages_per_active_day": Self.ratio(messages, activeDays), "user_message_share": Self.ratio(100 * calls.calls, messages),
                "assistant_message_share": Self.ratio(100 * (calls.calls - calls.errors), messages),
            ],
            "top_models": .array(
                models.prefix(10).map { id, figures in
                    [
                        "model_id": .string(id), "messages": .int(Self.messages(figures)), "input_tokens": .int(figures.tokens.input),
                        "output_tokens": .int(figures.tokens.output), "total_tokens": .int(figures.tokens.total),
                    ]
                }),
            "top_tools": [],
            "period": ["start_date": .int(start), "end_date": .int(end), "days": .int((end - start) / 86400 + 1)],
        ]
    }

    /// With one digit after the point; 0 of nothing.
    private static func ratio(_ part: Int, _ whole: Int) -> JSONValue {
        .double(whole == 0 ? 0 : (Double(part) / Double(whole) * 10).rounded() / 10)
    }

    private var longestStreak: Int {
        var (longest, run) = (0, 0)
        for day in days {
            run = day.messages > 0 ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }

    /// Weeks begin on Monday; 1970-01-01 was a Thursday.
    private var weeks: [Day] {
        var weeks: [Day] = []
        for day in days {
            guard let number = CalendarDay.number(text: day.date) else { continue }
            let monday = CalendarDay.text(dayNumber: number - (number + 3) % 7)
            if weeks.last?.date != monday { weeks.append(Day(date: monday)) }
            weeks[weeks.count - 1].add(day)
        }
        return weeks
    }

    private var cumulative: [Day] {
        var sum = Day(date: "")
        return days.map { day in
            sum.add(day)
            sum.date = day.date
            return sum
        }
    }
}
