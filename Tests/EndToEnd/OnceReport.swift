import Foundation

/// What `perch-agent --once` printed, as far as these tests look at it.
struct OnceReport {
    struct Instance {
        /// Cause, when nothing of the instance could be read.
        let absent: String?
        /// Values by name; absent ones are left out.
        let readings: [String: String]

        /// Whether anything is there that only Redis itself can tell, unlike what the agent counts of its own calls.
        var hasValuesOfRedis: Bool { readings.keys.contains { $0.hasPrefix("redis.") } }
    }

    let instances: [String: Instance]
    /// Cause by name of the probe; no entry for one that gave all it could.
    let probeCauses: [String: String]
    let probeNames: Set<String>
    let journalCause: String?
    /// Why ports come without their units.
    let unitsCause: String?

    init(_ text: String) throws {
        let top = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
        let probes = top["probes"] as? [String: [String: Any]] ?? [:]
        probeNames = Set(probes.keys)
        probeCauses = probes.compactMapValues { $0["absent"] as? String }
        journalCause = (top["journal"] as? [String: Any])?["absent"] as? String
        unitsCause = (top["ports"] as? [String: Any])?["units_absent"] as? String
        var found: [String: Instance] = [:]
        for value in top["instances"] as? [[String: Any]] ?? [] {
            guard let name = value["name"] as? String else { continue }
            let readings = value["readings"] as? [String: [String: Any]] ?? [:]
            found[name] = Instance(
                absent: value["absent"] as? String, readings: readings.compactMapValues { $0["value"] as? String })
        }
        instances = found
    }
}
