import FoundationEssentials
import Synchronization

/// What strangers score with an encoder: the cosine between a question and sentences that have nothing to do with it.
///
/// Encoders differ: one gives unrelated texts 0.05, another 0.78. Fusion and the decision whether anything relevant was found
/// need to know, and a small collection has no strangers of its own to learn it from.
package final class BackgroundProbe: Sendable {
    package struct Level: Sendable, Hashable {
        package var mean: Double
        package var deviation: Double

        package init(mean: Double, deviation: Double) {
            self.mean = mean
            self.deviation = deviation
        }

        /// From here on a passage is more than a stranger.
        package var threshold: Double { mean + 3 * max(deviation, 0.005) }
    }

    private let vectors = Mutex<[String: [[[Float]]]]>([:])

    package init() {}

    private static let english = [
        "The committee postponed its decision on the new tax rules until spring.", "Boil the noodles for eight minutes and rinse them in cold water.",
        "Our goalkeeper saved two penalties in the second half.", "The violin has four strings tuned in fifths.",
        "Penguins huddle together to keep warm during the polar night.", "She bought a second-hand bicycle and painted it green.",
        "The invoice must be paid within thirty days of delivery.", "Volcanic soil is rich in minerals and holds water well.",
        "The compiler reports an error when a variable is never used.", "A gentle breeze moved the curtains of the empty room.",
        "Vaccines train the immune system to recognise a virus.", "The train to the coast leaves from platform nine.",
    ]

    private static let korean = [
        "위원회는 새로운 세금 규정에 대한 결정을 봄으로 미루었다.", "국수를 팔 분 동안 삶은 뒤 찬물에 헹군다.", "우리 골키퍼가 후반전에 승부차기를 두 번 막아냈다.",
        "바이올린은 네 개의 줄을 완전 오도로 조율한다.", "펭귄은 극지의 밤 동안 서로 모여 체온을 유지한다.", "그녀는 중고 자전거를 사서 초록색으로 칠했다.",
        "대금은 납품 후 삼십 일 안에 지급해야 한다.", "화산 토양은 무기질이 풍부하고 물을 잘 머금는다.", "사용하지 않는 변수가 있으면 컴파일러가 오류를 낸다.",
        "산들바람이 빈 방의 커튼을 흔들었다.", "백신은 면역 체계가 바이러스를 알아보게 한다.", "바다로 가는 기차는 구 번 승강장에서 출발한다.",
    ]

    /// - Parameter query: the question's vector by the same embedder.
    package func level(of query: [Float], embedder: any Embedder) async throws -> Level {
        let key = "\(embedder.identity.key) \(query.count)"
        let groups: [[[Float]]]
        if let known = vectors.withLock({ $0[key] }) {
            groups = known
        } else {
            groups = [try await embedder.embed(Self.english, as: .passage), try await embedder.embed(Self.korean, as: .passage)]
            vectors.withLock { $0[key] = groups }
        }
        // Strangers in the language that is nearer to the question are the harder ones.
        let levels = groups.map { Self.level(of: query, among: $0) }
        return levels.max { $0.mean < $1.mean } ?? Level(mean: 0, deviation: 0.1)
    }

    private static func level(of query: [Float], among vectors: [[Float]]) -> Level {
        let cosines = vectors.filter { $0.count == query.count }.map { vector in
            Double(zip(vector, query).reduce(Float(0)) { $0 + $1.0 * $1.1 })
        }
        guard !cosines.isEmpty else { return Level(mean: 0, deviation: 0.1) }
        let mean = cosines.reduce(0, +) / Double(cosines.count)
        let variance = cosines.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(cosines.count)
        return Level(mean: mean, deviation: variance.squareRoot())
    }
}
