import Evidence
import Judge
import Shared

/// What one report adds to a block: differences to the report before it, and facts of the moment.
struct ReportDelta: Sendable {
    /// Wall clock of the tick, corrected when the host's clock is far off.
    var timeMicroseconds: UInt64
    var intervalMicroseconds: UInt64
    var skewMilliseconds: UInt64
    var instances: [InstanceDelta] = []
    var cpuCount: UInt64?
    var memoryBytes: UInt64?
    var cpuModel: String?
    var kernel: String?
    var load = LoadDelta()
    var stolenMicroseconds: UInt64?
    var totalCPUMicroseconds: UInt64?
    var agentDropped: UInt64 = 0
    var agentSetAside: UInt64 = 0
    var agentTorn: UInt64 = 0
    /// Taken over from the report as they are.
    var ports: Perch_V1_Ports?
    var journal: Perch_V1_Journal?
    var packages: Perch_V1_Packages?
    var digests: [Perch_V1_Digest] = []
    var logins: [LoginFact] = []
    /// Names that the ports and the journal refer to.
    var names: [String] = []
}

/// The host as a whole in one report.
struct LoadDelta: Sendable {
    var observedMicroseconds: UInt64 = 0
    var busyMicroseconds = Measured<UInt64>.absent(.coverage)
    var memoryUsedBytes = Measured<UInt64>.absent(.coverage)
    var netBytes = Measured<UInt64>.absent(.coverage)
    var diskMicroseconds = Measured<UInt64>.absent(.coverage)
    var diskOperations = Measured<UInt64>.absent(.coverage)
}

/// One instance in one report. Differences are absent with their cause; gauges are as read.
struct InstanceDelta: Sendable {
    var name: String
    /// Nothing could be read in this report.
    var absence: Absence?
    /// Time that the differences cover; 0 without a usable earlier reading.
    var observedMicroseconds: UInt64 = 0
    var operations = Measured<UInt64>.absent(.coverage)
    var cpuMicroseconds = Measured<UInt64>.absent(.coverage)
    var commandMicroseconds = Measured<UInt64>.absent(.coverage)
    var commandCalls = Measured<UInt64>.absent(.coverage)
    var netBytes = Measured<UInt64>.absent(.coverage)
    var errors = Measured<UInt64>.absent(.coverage)
    var logErrorLines = Measured<UInt64>.absent(.coverage)
    var memoryBytes = Measured<UInt64>.absent(.coverage)
    var ping = Measured<[CopyBlock.Bucket]>.absent(.coverage)
    var latency = Measured<[UInt64]>.absent(.coverage)
    var diskMicroseconds = Measured<UInt64>.absent(.coverage)
    var diskOperations = Measured<UInt64>.absent(.coverage)
    var port: UInt16 = 0
    var uid: UInt32 = 0
    var hasRestarted = false
    var oomKills: UInt64 = 0
    var clients: UInt64?
    var rdbFailed: Bool?
    var rdbChanges: UInt64?
    var rdbSavedSeconds: UInt64?
    var aofOff: Bool?
    var aofFailed: Bool?

    init(name: String) { self.name = name }
}

extension Absence {
    init(_ cause: Cause) {
        switch AbsenceCause(wire: cause) {
        case .denied: self = .denied
        case .timeout: self = .timeout
        case .unsupported: self = .unsupported
        case .parse, nil: self = .parse
        }
    }
}
