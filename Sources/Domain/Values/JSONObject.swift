import OrderedCollections

/// The members of a JSON object in the order in which they were written. A repeated key keeps its first place and its
/// last value.
package struct JSONObject: Sendable, Hashable {
    private var members: OrderedDictionary<String, JSONValue>

    package init() { members = [:] }

    package init(_ pairs: some Sequence<(String, JSONValue)>) {
        members = OrderedDictionary(pairs, uniquingKeysWith: { $1 })
    }

    package subscript(key: String) -> JSONValue? {
        get { members[key] }
        set { members[key] = newValue }
    }

    package subscript(key: String, default defaultValue: @autoclosure () -> JSONValue) -> JSONValue {
        get { members[key] ?? defaultValue() }
        set { members[key] = newValue }
    }

    package var keys: [String] { Array(members.keys) }
    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }

    @discardableResult
    package mutating func removeValue(forKey key: String) -> JSONValue? { members.removeValue(forKey: key) }

    /// Other's values win.
    package mutating func merge(_ other: JSONObject) {
        for (key, value) in other.members { members[key] = value }
    }

    package func merging(_ other: JSONObject) -> JSONObject {
        var copy = self
        copy.merge(other)
        return copy
    }

    package func filter(_ isIncluded: (String, JSONValue) throws -> Bool) rethrows -> JSONObject {
        JSONObject(try members.elements.filter { try isIncluded($0.key, $0.value) }.map { ($0.key, $0.value) })
    }
}

extension JSONObject: Sequence {
    package struct Iterator: IteratorProtocol {
        fileprivate var base: OrderedDictionary<String, JSONValue>.Elements.Iterator
        package mutating func next() -> (key: String, value: JSONValue)? { base.next().map { ($0.key, $0.value) } }
    }

    package func makeIterator() -> Iterator { Iterator(base: members.elements.makeIterator()) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}
