// Our own functions against a table made with arbitrary precision (Fixtures/Judge/elementary.py).
import Testing

@testable import Judge

struct ElementaryTests {
    static let table: [[Substring]] = {
        guard let text = try? Fixtures.text("elementary.txt") else { return [] }
        return text.split(separator: "\n").map { $0.split(separator: " ") }
    }()

    /// Steps between two doubles of one sign.
    private func distance(_ a: Double, _ b: Double) -> UInt64 {
        if a == b || (a.isNaN && b.isNaN) { return 0 }
        if a.sign != b.sign { return .max }
        let (x, y) = (a.magnitude.bitPattern, b.magnitude.bitPattern)
        return x > y ? x - y : y - x
    }

    private func double(_ hex: Substring) -> Double { Double(bitPattern: UInt64(hex, radix: 16) ?? .max) }

    @Test(arguments: ["log", "exp"])
    func resultsAreWithinOneUnitInTheLastPlace(_ function: String) {
        let rows = Self.table.filter { $0[0] == function }
        #expect(rows.count > 2000)
        var inexact = 0
        for row in rows {
            let (x, expected) = (double(row[1]), double(row[2]))
            let result = function == "log" ? Elementary.log(x) : Elementary.exp(x)
            let steps = distance(result, expected)
            if steps != 0 { inexact += 1 }
            #expect(steps <= 1, "\(function)(\(x)) is \(result) instead of \(expected)")
        }
        // Nearly all are even the nearest double.
        #expect(inexact * 50 < rows.count, "\(inexact) of \(rows.count) are not the nearest double")
    }

    @Test func studentQuantilesAgreeToTwelveDigits() {
        let rows = Self.table.filter { $0[0] == "student" }
        #expect(rows.count == 195)
        for row in rows {
            guard let p = Double(row[1]), let freedom = Double(row[2]), let expected = Double(row[3]) else {
                Issue.record("unreadable row \(row)")
                continue
            }
            let result = Elementary.studentQuantile(p, degreesOfFreedom: freedom)
            let difference = (result - expected).magnitude
            #expect(
                difference <= 1e-12 * expected.magnitude, "t(\(p), \(freedom)) is \(result) instead of \(expected)")
        }
    }

    @Test func edgesOfTheDomainAreDefined() {
        #expect(Elementary.log(0) == -.infinity)
        #expect(Elementary.log(-0.0) == -.infinity)
        #expect(Elementary.log(.infinity) == .infinity)
        #expect(Elementary.log(-1).isNaN)
        #expect(Elementary.log(.nan).isNaN)
        #expect(Elementary.log(1) == 0)
        #expect(Elementary.exp(.infinity) == .infinity)
        #expect(Elementary.exp(-.infinity) == 0)
        #expect(Elementary.exp(.nan).isNaN)
        #expect(Elementary.exp(710) == .infinity)
        #expect(Elementary.exp(-746) == 0)
        for (p, freedom) in [(0.0, 3.0), (1, 3), (-1, 3), (0.5, 0), (.nan, 3), (0.9, .nan)] {
            #expect(Elementary.studentQuantile(p, degreesOfFreedom: freedom).isNaN)
        }
        #expect(Elementary.studentQuantile(1 - 0x1p-53, degreesOfFreedom: 1).isFinite)
        #expect(Elementary.studentTail(1e200, degreesOfFreedom: 3) == 0)
        #expect(Elementary.studentTail(0, degreesOfFreedom: 3) == 0.5)
    }

    @Test func logarithmAndExponentialRiseAndInvertEachOther() {
        var generator = Seeded(3)
        var last = -Double.infinity
        for step in 0..<4000 {
            let x = 0.9 + Double(step) * 5e-5
            let result = Elementary.log(x)
            #expect(result >= last)
            last = result
            let y = Double.random(in: -700...700, using: &generator)
            #expect((Elementary.log(Elementary.exp(y)) - y).magnitude <= 1e-15 * max(1, y.magnitude))
        }
    }
}
