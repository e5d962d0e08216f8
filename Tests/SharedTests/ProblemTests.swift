// Refusals: one code, one status, one title, and the same body on both sides.
import Foundation
import Shared
import Testing

@Suite struct ProblemTests {
    @Test func codesAreKebabCaseAndComplete() {
        for code in ProblemCode.allCases {
            #expect(code.rawValue.utf8.allSatisfy { (97...122).contains($0) || $0 == 45 })
            #expect((400...503).contains(code.status))
            #expect(!code.title.isEmpty)
        }
        let titles = ProblemCode.allCases.map(\.title)
        #expect(Set(titles).count == titles.count)
    }

    @Test func onlyOverloadAndFaultsAreWorthTryingAgain() {
        let retryable = ProblemCode.allCases.filter(\.isRetryable)
        #expect(Set(retryable) == [.slowDown, .overloaded, .storageUnavailable, .starting, .internalError])
    }

    @Test func theBodySurvivesJSON() throws {
        let problem = Problem(.gateClosed, "3 of 5 pairs", instance: "r-1", reasons: ["too few pairs"])
        let data = try JSONEncoder().encode(problem)
        #expect(try JSONDecoder().decode(Problem.self, from: data) == problem)
        let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        #expect(object?["type"] as? String == "/problems/gate-closed")
        #expect(object?["code"] as? String == "gate-closed")
        #expect(object?["status"] as? Int == 409)
        #expect(object?["retryable"] as? Bool == false)
    }
}
