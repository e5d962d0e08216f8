import Foundation
import Rehearsal
import Shared
import Testing

/// What an auditor does: verify a verdict with and without the collector, keep a checkpoint, take a time's trail away.
@Suite struct AuditTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().path + "/../Fixtures/Ledger/"

    @Test(.timeLimit(.minutes(3)))
    func aVerdictIsVerifiedByItsAddressByItsFilesAndByAStranger() async throws {
        try await Scene.play("audit") { scene in
            let names = ["a", "b"]
            let fleet = try await RedisFleet.start([("db-1", names), ("db-2", names)], in: scene)
            let site = try await Site.open(scene, hosts: ["db-1", "db-2"])
            for host in ["db-1", "db-2"] { _ = try await site.agent(host, fleet) }
            for host in ["db-1", "db-2"] { try await site.waitForReports(host, more: 1, seconds: 30) }
            try await site.createRollout(
                "r1", old: ["db-1"], new: ["db-2"], pairs: names.map { ($0, "db-1", "db-2") })
            let first = try await site.waitForVerdict("r1", hour: 1, seconds: 60)

            try await verifyByAddress(first, site, scene)
            let second = try await site.waitForVerdict("r1", hour: first.hour + 1, seconds: 60)
            // The log went on, and begins with what was seen before.
            try await verifyByAddress(second, site, scene)
            try await checkWholeLog(site, scene)
            try await exportAndVerify(second, site, scene)
        }
    }

    private func verifyByAddress(_ view: VerdictView, _ site: Site, _ scene: Scene) async throws {
        let seen = scene.directory.file("seen")
        let isFirst = !FileManager.default.fileExists(atPath: seen)
        let output = try await site.auditor.run(
            "verify", "https://\(site.collector.address)/v1/reports/\(view.id).html", "--keys", site.collector.keys,
            "--checkpoint", seen, "--recompute")
        #expect(output.isSuccess, "\(output.standardError)")
        #expect(output.standardOutput.contains("\(view.verdict.rawValue) for r1, hour \(view.hour)"))
        #expect(output.standardOutput.contains("+ judged again by perch-judge 1"), "\(output.standardOutput)")
        #expect(output.standardOutput.contains("the log only grew") != isFirst, "\(output.standardOutput)")
    }

    private func checkWholeLog(_ site: Site, _ scene: Scene) async throws {
        let seen = scene.directory.file("seen")
        let output = try await site.auditor.run("ledger", "check", "--keys", site.collector.keys, "--checkpoint", seen)
        #expect(output.isSuccess, "\(output.standardError)")
        #expect(output.standardOutput.contains("entries hash to the signed root"))
        // A log of another collector is not the one that was seen.
        let other = try scene.directory.directory("other-keys")
        for name in ["verdict-signer.json", "log.vkey"] {
            try FileManager.default.copyItem(atPath: Self.fixtures + "keys/" + name, toPath: other + "/" + name)
        }
        let refused = try await site.auditor.run("ledger", "check", "--keys", other)
        #expect(refused.exitCode == 1)
    }

    private func exportAndVerify(_ view: VerdictView, _ site: Site, _ scene: Scene) async throws {
        let folder = scene.directory.file("trail")
        let output = try await site.auditor.run(
            "audit", "export", "--from", "2020-01-01T00:00:00Z", "--to", "9000-01-01T00:00:00Z", "--output", folder)
        #expect(output.isSuccess, "\(output.standardError)")
        let index = try String(contentsOfFile: folder + "/index.html", encoding: .utf8)
        #expect(index.contains(view.id) && index.contains("r1 created"))
        await site.collector.stop()

        // Nobody but the files is asked any more.
        let place = "\(folder)/rollouts/r1/verdicts/\(view.id)"
        let alone = ["verify", place, "--keys", site.collector.keys, "--recompute"]
        let verified = try await scene.run("perchctl", alone)
        #expect(verified.isSuccess, "\(verified.standardError)")
        #expect(verified.standardOutput.contains("+ judged again by perch-judge 1"))

        let report = try String(contentsOfFile: place + ".html", encoding: .utf8)
        #expect(report.contains("Verdict on r1") && report.contains(view.id) && !report.contains("<nav"))

        let archive = try unpacked(view, folder, scene)
        let stranger = try await scene.run(
            "python3", [Self.fixtures + "verify_archive.py", archive, site.collector.keys])
        #expect(stranger.isSuccess, "\(stranger.standardOutput) \(stranger.standardError)")
        #expect(stranger.standardOutput.hasPrefix("authentic; verdict \(view.verdict.rawValue)"))

        // Files of other verdicts lie there, too.
        let manifest = try String(contentsOfFile: archive + "/evidence/manifest.json", encoding: .utf8)
        let evidence = try #require(
            FileManager.default.enumerator(atPath: archive + "/evidence")?.compactMap { $0 as? String }
                .first { $0.hasSuffix(".jsonl") && manifest.contains("\"\($0)\"") })
        let path = archive + "/evidence/" + evidence
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacingOccurrences(of: "\"samplesSeen\":\"", with: "\"samplesSeen\":\"9")
            .write(toFile: path, atomically: false, encoding: .utf8)
        let changed = try await scene.run("perchctl", ["verify", archive, "--keys", site.collector.keys])
        #expect(changed.exitCode == 1)
        #expect(changed.standardError.contains(evidence), "\(changed.standardError)")
        #expect(
            try await scene.run("python3", [Self.fixtures + "verify_archive.py", archive, site.collector.keys]).exitCode
                == 1)
    }

    /// The export's files of one verdict under the names of an archive.
    private func unpacked(_ view: VerdictView, _ folder: String, _ scene: Scene) throws -> String {
        let archive = try scene.directory.directory("archive")
        let verdicts = "\(folder)/rollouts/r1/verdicts/\(view.id)"
        let files = FileManager.default
        try files.copyItem(atPath: "\(folder)/rollouts/r1/evidence", toPath: archive + "/evidence")
        try files.copyItem(atPath: verdicts + ".manifest.json", toPath: archive + "/evidence/manifest.json")
        try files.copyItem(atPath: verdicts + ".dsse.json", toPath: archive + "/verdict.dsse.json")
        try files.copyItem(atPath: verdicts + ".tlog-proof", toPath: archive + "/verdict.tlog-proof")
        return archive
    }
}
