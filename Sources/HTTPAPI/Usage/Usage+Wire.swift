import Domain

extension UsageFigures {
    /// Averages are `null` where there is nothing to average.
    var wire: JSONObject {
        [
            "calls": .int(calls), "errors": .int(errors), "streams": .int(streams), "estimated_calls": .int(estimated),
            "input_tokens": .int(tokens.input), "output_tokens": .int(tokens.output), "total_tokens": .int(tokens.total),
            "cached_tokens": .int(tokens.cached), "reasoning_tokens": .int(tokens.reasoning), "cost": Money.json(cost),
            "average_ms": .optional(calls > 0 ? milliseconds / calls : nil),
            "average_first_byte_ms": .optional(answered > 0 ? firstByteMilliseconds / answered : nil),
        ]
    }
}

extension UsageRecord {
    var wire: JSONObject {
        [
            "started_at": .int(startedAt), "user_id": .string(userID), "key_id": .optional(keyID), "model": .string(modelID),
            "upstream": .string(upstream), "kind": .string(kind.rawValue), "stream": .bool(isStream), "input_tokens": .int(tokens.input),
            "output_tokens": .int(tokens.output), "cached_tokens": .int(tokens.cached), "reasoning_tokens": .int(tokens.reasoning),
            "estimated": .bool(isEstimated), "cost": Money.json(cost), "ms": .int(milliseconds), "first_byte_ms": .optional(firstByteMilliseconds),
            "status": .int(status), "error": .optional(failure?.rawValue), "request_id": .string(requestID),
        ]
    }
}

extension KeyMeter.Totals {
    var wire: JSONObject {
        [
            "requests_this_minute": .int(requestsThisMinute), "tokens_this_minute": .int(tokensThisMinute), "tokens_today": .int(tokensToday),
            "tokens_this_month": .int(tokensThisMonth), "cost_today": Money.json(costToday), "cost_this_month": Money.json(costThisMonth),
        ]
    }

    /// By the names of the limits; only what is limited.
    func remaining(of limits: KeyRestrictions) -> JSONObject {
        var remaining: JSONObject = [:]
        for (name, limit, used) in [
            ("requests_per_minute", limits.requestsPerMinute, requestsThisMinute), ("tokens_per_minute", limits.tokensPerMinute, tokensThisMinute),
            ("tokens_per_day", limits.tokensPerDay, tokensToday), ("tokens_per_month", limits.tokensPerMonth, tokensThisMonth),
        ] {
            if let limit { remaining[name] = .int(max(0, limit - used)) }
        }
        for (name, limit, used) in [("cost_per_day", limits.costPerDay, costToday), ("cost_per_month", limits.costPerMonth, costThisMonth)] {
            if let limit { remaining[name] = Money.json(max(0, limit - used)) }
        }
        return remaining
    }
}
