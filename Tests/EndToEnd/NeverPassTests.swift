import Foundation
import Glibc
import Rehearsal
import Shared
import Testing

/// Missing data never pass: a silent agent and a pair that does not exist, each in a roll-out of its own beside one
/// that lacks nothing. A pair with its sides swapped is no roll-out at all.
@Suite struct NeverPassTests {
    /// One old host serves all; a new host belongs to one roll-out.
    private static let stage: [(host: String, instances: [String])] = [
        ("old-1", ["a", "b", "c"]), ("new-1", ["a"]), ("new-2", ["b"]), ("new-3", ["c"]),
    ]

    @Test(.timeLimit(.minutes(2)))
    func rolloutsThatLackDataAreInconclusiveAndSayWhatIsMissing() async throws {
        try await Scene.play("never-pass") { scene in
            let fleet = try await RedisFleet.start(Self.stage, in: scene)
            try await Load.preload(fleet)
            let load = Load(Load.spread(fleet, commandsPerSecond: 150...200))
            load.start()
            let site = try await Site.open(scene, hosts: Self.stage.map(\.host))
            for (host, _) in Self.stage {
                let agent = try await site.agent(host, fleet)
                // It has reported and then falls silent, without closing its connection.
                if host == "new-2" {
                    try await site.waitForReports(host, more: 1, seconds: 30)
                    agent.program?.signal(SIGSTOP)
                }
            }
            try await createRollouts(site)
            let verdicts = try await verdicts(of: ["whole", "silent", "ghost"], atHour: 4, site)
            for (rollout, view) in verdicts {
                #expect(view.verdict != .pass, "\(rollout): \(view.summary)")
                #expect(!view.missing.isEmpty)
            }
            try expectNamed("new-2", in: verdicts["silent"], butNotIn: verdicts["whole"])
            try expectNamed("ghost", in: verdicts["ghost"], butNotIn: verdicts["whole"])
            for rollout in ["silent", "ghost"] { try await expectClosed(rollout, site) }
            await load.stop()
        }
    }

    private func createRollouts(_ site: Site) async throws {
        let old = ["old-1"]
        try await site.createRollout("whole", old: old, new: ["new-1"], pairs: [("a", "old-1", "new-1")])
        try await site.createRollout("silent", old: old, new: ["new-2"], pairs: [("b", "old-1", "new-2")])
        try await site.createRollout(
            "ghost", old: old, new: ["new-3"], pairs: [("c", "old-1", "new-3"), ("ghost", "old-1", "new-3")])
        await #expect(throws: RehearsalError.self) {
            try await site.createRollout("swapped", old: old, new: ["new-4"], pairs: [("a", "new-4", "old-1")])
        }
    }

    private func verdicts(of rollouts: [String], atHour hour: Int, _ site: Site) async throws -> [String: VerdictView] {
        var found: [String: VerdictView] = [:]
        for rollout in rollouts {
            let view: VerdictView = try await Waiting.until(
                "hour \(hour) of \(rollout)", seconds: 80, everyMilliseconds: 1000
            ) {
                let view = try await site.verdict(rollout)
                return view.flatMap { $0.hour >= hour ? $0 : nil }
            }
            found[rollout] = view
        }
        return found
    }

    /// In what is missing, or in the sentences of checks that are not decided.
    private func expectNamed(_ word: String, in view: VerdictView?, butNotIn whole: VerdictView?) throws {
        func sentences(_ view: VerdictView) -> [String] {
            view.missing + view.checks.filter { $0.outcome == "INCONCLUSIVE" || $0.outcome == "FAIL" }.map(\.sentence)
        }
        let lacking = sentences(try #require(view))
        #expect(lacking.contains { $0.contains(word) }, "\(word) in \(lacking)")
        #expect(!sentences(try #require(whole)).contains { $0.contains(word) })
    }

    private func expectClosed(_ rollout: String, _ site: Site) async throws {
        let gate = try await site.tool.run("gate", rollout, "open")
        #expect(gate.exitCode == 2 || gate.exitCode == 1, "\(gate.standardOutput)\(gate.standardError)")
        let advance = try await site.tool.run("rollout", "advance", rollout, "open")
        #expect(advance.exitCode == gate.exitCode, "\(advance.standardOutput)\(advance.standardError)")
    }
}
