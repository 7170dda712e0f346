import Domain
import Testing

struct FusionTests {
    private let strangers = BackgroundProbe.Level(mean: 0.1, deviation: 0.05)

    private func order(_ candidates: [Fusion.Candidate], weight: Double = 0.5, coverage: Double = 1) -> [Int64] {
        Fusion(keywordWeight: weight, encoderCoverage: coverage).fuse(candidates, background: strangers).order.map(\.id)
    }

    @Test func `a blind encoder leaves the order to the keywords`() {
        let candidates = [
            Fusion.Candidate(id: 1, cosine: 0.9), Fusion.Candidate(id: 2, cosine: 0.2, keywordScore: 8, keywordCoverage: 0.8),
            Fusion.Candidate(id: 3, cosine: 0.3, keywordScore: 4, keywordCoverage: 0.4),
        ]
        #expect(order(candidates, coverage: 0.1) == [2, 3, 1])
        #expect(order(candidates, coverage: 1).first != 3)
    }

    @Test func `keywords that only meet by chance leave the order to the encoder`() {
        let candidates = [
            Fusion.Candidate(id: 1, cosine: 0.8), Fusion.Candidate(id: 2, cosine: 0.2, keywordScore: 1, keywordCoverage: 0.04),
        ]
        #expect(order(candidates) == [1, 2])
    }

    @Test func `what both halves like beats what one likes`() {
        let candidates = [
            Fusion.Candidate(id: 1, cosine: 0.7), Fusion.Candidate(id: 2, cosine: 0.65, keywordScore: 9, keywordCoverage: 0.9),
            Fusion.Candidate(id: 3, cosine: 0.1, keywordScore: 9.5, keywordCoverage: 0.9),
        ]
        #expect(order(candidates).first == 2)
    }

    @Test(arguments: [(0.0, [1, 2]), (1.0, [2, 1])])
    func `the weight can switch a half off`(_ weight: Double, _ expected: [Int64]) {
        let candidates = [
            Fusion.Candidate(id: 1, cosine: 0.9, keywordScore: 1, keywordCoverage: 0.5),
            Fusion.Candidate(id: 2, cosine: 0.3, keywordScore: 9, keywordCoverage: 0.9),
        ]
        #expect(order(candidates, weight: weight) == expected)
    }

    @Test func `without vectors words decide, and without either ids do`() {
        let words = [
            Fusion.Candidate(id: 1, cosine: nil, keywordScore: 1, keywordCoverage: 0.2), Fusion.Candidate(id: 2, cosine: nil, keywordScore: 3),
        ]
        #expect(order(words) == [2, 1])
        #expect(order([Fusion.Candidate(id: 9, cosine: nil), Fusion.Candidate(id: 4, cosine: nil)]) == [4, 9])
        #expect(order([]) == [])
    }

    @Test(arguments: [0.0, 0.3, 0.6, 1.0], [0.0, 0.02, 0.5, 1.0])
    func `weights add up to one`(_ sight: Double, _ coverage: Double) {
        for hasVectors in [true, false] {
            let weights = Fusion(keywordWeight: 0.5, encoderCoverage: sight).weights(bestKeywordCoverage: coverage, hasVectors: hasVectors)
            #expect(abs(weights.vector + weights.keyword - 1) < 1e-9)
            #expect(hasVectors || weights.vector == 0)
        }
    }
}
