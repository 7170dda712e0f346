import Synchronization

/// Verified tokens and who they belong to. The request path reads it under one lock and touches nothing else.
///
/// Whoever changes an account, session, key, group or account setting calls `forget`. A principal that was being worked
/// out at that moment is not kept: its reader asked for a `Ticket` before it read, and the ticket is void by then.
package final class PrincipalCache: Sendable {
    /// What was known when a look-up began.
    package struct Ticket: Sendable { fileprivate let generation: UInt64 }

    private struct Entry {
        let principal: Principal
        /// `.max`: never.
        let expiresAt: EpochSeconds
        var lastSeen: EpochSeconds
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var generation: UInt64 = 0
    }

    private let state = Mutex(State())
    private let capacity: Int

    package init(capacity: Int = 20_000) { self.capacity = capacity }

    package func find(_ token: String, now: EpochSeconds = .now()) -> Principal? {
        state.withLock { state in
            guard let index = state.entries.index(forKey: token) else { return nil }
            guard state.entries.values[index].expiresAt > now else {
                state.entries.remove(at: index)
                return nil
            }
            state.entries.values[index].lastSeen = now
            return state.entries.values[index].principal
        }
    }

    package func ticket() -> Ticket { state.withLock { Ticket(generation: $0.generation) } }

    /// Keeps the principal unless something was forgotten since the ticket was drawn.
    package func keep(_ principal: Principal, for token: String, until expiresAt: EpochSeconds?, _ ticket: Ticket) {
        state.withLock { state in
            guard state.generation == ticket.generation else { return }
            if state.entries.count >= capacity { state.entries.removeAll(keepingCapacity: true) }
            state.entries[token] = Entry(principal: principal, expiresAt: expiresAt ?? .max, lastSeen: .now())
        }
    }

    package func forget(userID: String) { forget { $0.userID == userID } }
    package func forget(credential: Principal.Credential) { forget { $0.credential == credential } }
    package func forgetAll() { forget { _ in true } }

    private func forget(_ isAffected: (Principal) -> Bool) {
        state.withLock { state in
            state.generation &+= 1
            state.entries = state.entries.filter { !isAffected($0.value.principal) }
        }
    }

    /// When the kept principals were last seen, for storing now and then.
    package func activity(since: EpochSeconds) -> [(principal: Principal, lastSeen: EpochSeconds)] {
        state.withLock { state in state.entries.values.filter { $0.lastSeen >= since }.map { ($0.principal, $0.lastSeen) } }
    }
}
