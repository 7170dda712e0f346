import FoundationEssentials

/// A new random identifier: a UUID in lower case, as every record on the wire carries.
package func makeID() -> String { UUID().uuidString.lowercased() }

/// Seconds since 1970, the unit of every timestamp on the wire and in storage.
package typealias EpochSeconds = Int

extension EpochSeconds {
    package static func now() -> EpochSeconds { Int(Date().timeIntervalSince1970) }
}
