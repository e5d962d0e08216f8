import Foundation
import Rehearsal

/// Copies what a spectator may want to read afterwards out of the scene, before it is removed.
struct Reports: Sendable {
    let folder: String
    let scene: Scene
    let setUp: SetUp

    /// Each roll-out's verdict as text, JSON and case file, and what the programs logged.
    /// - Returns: Lines that say where what lies.
    func write(_ rollouts: [String]) async throws -> [String] {
        let files = FileManager.default
        try files.createDirectory(atPath: folder + "/logs", withIntermediateDirectories: true)
        try Cast.policy.write(toFile: folder + "/demo.yaml", atomically: true, encoding: .utf8)
        var lines: [String] = []
        for rollout in rollouts {
            let text = try await setUp.tool.run("rollout", "verdict", rollout)
            let json = try await setUp.tool.run("rollout", "verdict", rollout, "--json")
            let stem = "\(folder)/\(rollout)"
            try text.standardOutput.write(toFile: stem + ".verdict.txt", atomically: true, encoding: .utf8)
            try json.standardOutput.write(toFile: stem + ".verdict.json", atomically: true, encoding: .utf8)
            lines.append("Report of \(rollout): \(stem).verdict.txt, and as JSON beside it")
            let export = try await setUp.tool.run("rollout", "export", rollout, "--output", absolute(stem + ".case"))
            if export.isSuccess {
                lines.append(
                    "  judge it again without a server: perchctl judge --case \(stem).case --policy \(folder)/demo.yaml"
                )
            }
        }
        let logs = scene.directory.file("logs")
        for name in try files.contentsOfDirectory(atPath: logs) where !name.hasPrefix("redis-") {
            let target = "\(folder)/logs/\(name)"
            try? files.removeItem(atPath: target)
            try files.copyItem(atPath: logs + "/" + name, toPath: target)
        }
        lines.append("Logs of the collector and the agents: \(folder)/logs/")
        return lines
    }

    /// All that was signed before a time, with the evidence that verifies it without the collector.
    /// - Returns: Lines that say where it lies.
    /// - Throws: `RehearsalError.ended`, if it could not be had.
    func writeTrail(until moment: Date) async throws -> [String] {
        let trail = folder + "/trail"
        // Of an earlier demonstration, whose collector is gone.
        try? FileManager.default.removeItem(atPath: trail)
        let output = try await setUp.auditor.run(
            [
                "audit", "export", "--from", "2020-01-01T00:00:00Z", "--to", moment.formatted(.iso8601), "--output",
                absolute(trail),
            ],
            seconds: 120)
        guard output.isSuccess else {
            throw RehearsalError.ended(
                program: "perchctl audit export", how: output.end.description, lastLines: output.standardError)
        }
        return ["All that was signed, with its evidence and the log: \(trail)/index.html"]
    }

    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
