import Foundation
import Shared
import Testing

@testable import Collector

/// A day of reports every ten seconds, lived through in minutes: store, blocks, judging, signing and log in one
/// process. Its number is memory, which tests beside it would change: `make soak` runs it alone.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["PERCH_SOAK"] != nil, "runs alone, by make soak"))
struct SoakTests {
    private static let hours = 24

    private static func residentKilobytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(Int(line.split(whereSeparator: \.isWhitespace)[1]))
    }

    @Test func aDayTakesNoMoreMemoryThanItsFirstHour() async throws {
        let text = JudgingServiceTests.policyText.replacingOccurrences(
            of: "block_seconds: 60", with: "block_seconds: 300")
        var world = try JudgingServiceTests.World(store: TestStore.make(), policies: ["short": text])
        _ = try await world.service.create(JudgingServiceTests.World.spec, by: "tool")
        var resident: [Int] = []
        for hour in 1...Self.hours {
            await world.live(minutes: 60)
            resident.append(try Self.residentKilobytes())
            print("after hour \(hour): \(resident[hour - 1]) kB resident")
        }
        #expect(await world.verdict()?.verdict == .pass)
        #expect(Double(resident[Self.hours - 1]) <= 1.05 * Double(resident[0]))
    }
}
