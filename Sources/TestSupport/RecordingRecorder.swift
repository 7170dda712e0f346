package import Domain
import Synchronization

/// Keeps what is recorded.
package final class RecordingRecorder: UsageRecorder {
    private let kept = Mutex<[UsageRecord]>([])

    package init() {}

    package var records: [UsageRecord] { kept.withLock { $0 } }

    package func record(_ record: UsageRecord) { kept.withLock { $0.append(record) } }
}
