import Foundation
import Rehearsal
import Shared

/// The play itself: set up, two roll-outs, a cause on one side, and what Perch says of it.
struct Demonstration: Sendable {
    let options: Options
    let screen: Screen
    let scene: Scene

    private static let healthy = "healthy"
    private static let regressed = "regressed"

    /// - Returns: Whether both roll-outs came out as they must.
    func run() async throws -> Bool {
        screen.say("Perch demonstration: is the new server as good as the old one, and may we go on?")
        screen.say()
        let setUp = try await SetUp.make(in: scene, screen: screen)
        sayPolicy()

        // Hours of the Judge are aligned to the clock: begun in the middle, the first one would be short.
        screen.live(["Waiting for the next full \(Cast.hourSeconds) seconds of the clock …"])
        try await Task.sleep(for: .seconds(Self.secondsToNextHour(Date().timeIntervalSince1970)))
        try await create(Self.healthy, new: Cast.healthy, setUp)
        try await create(Self.regressed, new: Cast.regressed, setUp)
        let began = ContinuousClock.now
        screen.say("Roll-outs       created: `healthy` (old-1..3 to new-1..3) and `regressed` (old-1..3 to bad-1..3)")
        try await options.fault.set(on: Cast.regressed.flatMap { setUp.fleet.on($0) }, in: scene)
        screen.say("Cause           on bad-1..3: \(options.fault.sentence)")
        screen.say()

        let watch = Watch(
            setUp: setUp, screen: screen, rollouts: [Self.healthy, Self.regressed], began: began)
        let outcome = try await watch.untilBothGatesAnswer()
        let ending = Ending(
            options: options, screen: screen, scene: scene, setUp: setUp, outcome: outcome, healthy: Self.healthy,
            regressed: Self.regressed)
        return try await ending.tell()
    }

    private func sayPolicy() {
        screen.say(
            "Policy          blocks of \(Cast.blockSeconds) s; an hour is \(Cast.blocksPerHour) blocks, so "
                + "\(Cast.hourSeconds) s here; PASS not before hour \(Cast.hoursForPass)")
        screen.say(
            "                judged: cpu 15 %, service 15 %, mem 10 %, errors x 1.5, PING p50 25 %,")
        screen.say("                and the rules on snapshots, append-only files and restarts")
        screen.say(
            "                only shown (level observe), because one machine plays nine hosts: p99, net, slow,")
        screen.say("                disk, log, and the rules on ports, packages, logins and new journal lines")
    }

    static func secondsToNextHour(_ now: Double) -> Double {
        let hour = Double(Cast.hourSeconds)
        // A tenth into it: the collector's clock must have passed it as well.
        return (now / hour).rounded(.down) * hour + hour - now + 0.1
    }

    private func create(_ id: String, new: [String], _ setUp: SetUp) async throws {
        let digest = try await scene.run("sha256sum", ["/usr/bin/redis-server"])
        let sum = String(digest.standardOutput.prefix(64))
        let file = try scene.directory.write(Cast.rollout(id, new: new, redisDigest: sum), to: "\(id).yaml")
        let output = try await setUp.tool.run("rollout", "create", file)
        guard output.isSuccess else {
            throw RehearsalError.ended(
                program: "perchctl rollout create \(file)", how: output.end.description,
                lastLines: output.standardError)
        }
    }
}
