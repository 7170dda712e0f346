import Synchronization

/// What models cost: `{"gpt-4o": {"input": 2.5, "output": 10, "cached_input": 1.25}, "llama*": {...}}`, in units of the currency for a
/// million tokens. An exact id wins over patterns, an earlier pattern over a later one; `*` in a pattern stands for any text.
package struct ModelPrices: Sendable, Hashable {
    package struct Price: Sendable, Hashable {
        package var input: Double
        package var output: Double
        package var cachedInput: Double

        /// In `Money` units.
        package func cost(of tokens: TokenCounts) -> Int {
            let cached = min(tokens.cached, tokens.input)
            let millions = Double(tokens.input - cached) * input + Double(cached) * cachedInput + Double(tokens.output) * output
            return Money.amount(millions / 1_000_000)
        }
    }

    private var exact: [String: Price] = [:]
    private var patterns: [(pattern: [Substring], price: Price)] = []

    package init() {}

    /// Entries that make no sense are left out; `problem` says which before they are stored.
    package init(_ json: JSONValue) {
        for (id, value) in json.object ?? [:] {
            guard let price = Self.price(value) else { continue }
            if id.contains("*") {
                patterns.append((id.split(separator: "*", omittingEmptySubsequences: false), price))
            } else {
                exact[id] = price
            }
        }
    }

    package var isEmpty: Bool { exact.isEmpty && patterns.isEmpty }

    package func price(of model: String) -> Price? {
        exact[model] ?? patterns.first { Self.matches(model, $0.pattern) }?.price
    }

    /// Why a value is no price list.
    package static func problem(_ json: JSONValue) -> String? {
        guard let object = json.object else { return "must be an object of model ids" }
        for (id, value) in object where price(value) == nil {
            return "has no price for \(id): {\"input\": number, \"output\": number, \"cached_input\": number}, not negative, is expected"
        }
        return nil
    }

    private static let names: Set<String> = ["input", "output", "cached_input"]

    private static func price(_ json: JSONValue) -> Price? {
        guard let object = json.object, !object.isEmpty, object.allSatisfy({ names.contains($0.key) }) else { return nil }
        for (_, value) in object {
            guard let number = value.double, number >= 0, number <= 1_000_000 else { return nil }
        }
        let input = object["input"]?.double ?? 0
        return Price(input: input, output: object["output"]?.double ?? 0, cachedInput: object["cached_input"]?.double ?? input)
    }

    /// - Parameter pattern: the texts between the stars.
    private static func matches(_ text: String, _ pattern: [Substring]) -> Bool {
        var rest = text[...]
        guard let first = pattern.first, let last = pattern.last, rest.hasPrefix(first) else { return false }
        rest = rest.dropFirst(first.count)
        for part in pattern.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(last)
    }

    package static func == (left: ModelPrices, right: ModelPrices) -> Bool {
        left.exact == right.exact && left.patterns.elementsEqual(right.patterns) { $0.pattern == $1.pattern && $0.price == $1.price }
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(exact) }
}

/// The prices in force, quick to ask.
package final class PriceBook: Sendable {
    fileprivate struct State {
        var prices = ModelPrices()
        /// Of models asked for before; `.some(nil)` for those without a price.
        var known: [String: ModelPrices.Price?] = [:]
    }

    private let state = Mutex(State())

    package init(_ prices: ModelPrices = ModelPrices()) { state.withLock { $0.prices = prices } }

    package convenience init(settings: Settings) {
        self.init(ModelPrices(settings[.modelPrices]))
        settings.observe { [weak self, weak settings] names in
            guard let self, let settings, names.contains(Setting.modelPrices.definition.name) else { return }
            replace(ModelPrices(settings[.modelPrices]))
        }
    }

    package func replace(_ prices: ModelPrices) {
        state.withLock { $0 = State(prices: prices) }
    }

    /// In `Money` units; 0 for models without a price.
    package func cost(of record: UsageRecord) -> Int {
        guard record.tokens.total > 0 else { return 0 }
        return state.withLock { state in
            if state.prices.isEmpty { return 0 }
            let price = state.price(record.modelID) ?? (record.upstreamModelID.isEmpty ? nil : state.price(record.upstreamModelID))
            return price?.cost(of: record.tokens) ?? 0
        }
    }
}

extension PriceBook.State {
    fileprivate mutating func price(_ model: String) -> ModelPrices.Price? {
        if let price = known[model] { return price }
        let price = prices.price(of: model)
        if known.count >= 10_000 { known = [:] }
        known[model] = .some(price)
        return price
    }
}
