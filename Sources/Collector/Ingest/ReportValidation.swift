import Shared

/// A field that says what cannot be, by its path in the report.
struct InvalidField: Error, Sendable, Equatable, CustomStringConvertible {
    var path: String
    var reason: String

    init(_ path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }

    func inside(_ outer: String) -> InvalidField { InvalidField(path.isEmpty ? outer : "\(outer).\(path)", reason) }
    var description: String { "\(path): \(reason)" }
}

/// Everything that a decoded report must satisfy before anything else looks at it; inside, nobody checks again. Counts
/// were bounded before decoding (WireScan.swift). There are no doubles on the wire, so nothing can be infinite;
/// integers are kept below 2^63, so that sums and differences of two cannot wrap unseen.
struct ReportValidation {
    /// Both clocks, in microseconds: beyond it (the year 2255) no clock is merely wrong.
    static let latestMicroseconds: UInt64 = 1 << 53
    static let largestValue = UInt64(Int64.max)
    static let catalogueNumbers: ClosedRange<UInt32> = 1...999
    private static let pathBytes = 4096

    private let names: [String]
    /// Scratch for finding repeated catalogue numbers.
    private var seen = [Bool](repeating: false, count: Int(ReportValidation.catalogueNumbers.upperBound) + 1)

    private init(names: [String]) { self.names = names }

    /// - Throws: `InvalidField`. The version is the caller's to compare, first.
    static func check(_ report: Report) throws(InvalidField) {
        var validation = ReportValidation(names: report.names)
        try validation.checkHead(report)
        try validation.checkHost(report)
        try validation.checkInstances(report)
        try validation.checkEvents(report)
        try validation.checkInventory(report)
    }

    private func checkHead(_ report: Report) throws(InvalidField) {
        try text("host", report.host, Limits.hostBytes)
        guard !report.host.isEmpty else { throw InvalidField("host", "is missing") }
        try size("run_id", report.runID.count, [16])
        try size("boot_id", report.bootID.count, [16])
        try size("machine_id_digest", report.machineIDDigest.count, [0, 32])
        guard (1...Self.largestValue).contains(report.sequence) else {
            throw InvalidField("sequence", "is \(report.sequence); it counts from 1")
        }
        try time("time_us", report.timeUs)
        guard report.timeUs > 0 else { throw InvalidField("time_us", "is missing") }
        try time("boottime_us", report.boottimeUs)
        let shortest = UInt64(Limits.shortestReportIntervalMilliseconds) * 1000
        let longest = UInt64(Limits.longestReportIntervalMilliseconds) * 1000
        guard (shortest...longest).contains(report.intervalUs) else {
            throw InvalidField("interval_us", "is \(report.intervalUs); it must be from \(shortest) to \(longest)")
        }
        try text("agent_version", report.agentVersion, Limits.labelBytes)
        for (index, name) in report.names.enumerated() where name.utf8.count > Limits.labelBytes {
            throw InvalidField("names[\(index)]", "is longer than \(Limits.labelBytes) bytes")
        }
    }

    private mutating func checkHost(_ report: Report) throws(InvalidField) {
        try within("host_readings") { v throws(InvalidField) in try v.group(report.hostReadings, needsLabel: false) }
        var counts: [Measurement.Level: Int] = [:]
        for (index, group) in report.labelled.enumerated() {
            try within("labelled[\(index)]") { v throws(InvalidField) in try v.group(group, needsLabel: true) }
            let known = (group.metric.first ?? group.absentMetric.first).flatMap(Catalogue.measurement)
            guard let level = known?.level else { continue }
            counts[level, default: 0] += 1
            if counts[level, default: 0] > Limits.labelledPerKind {
                throw InvalidField("labelled[\(index)]", "is more than \(Limits.labelledPerKind) of its kind")
            }
        }
    }

    // MARK: Measurements

    private mutating func group(_ group: Group, needsLabel: Bool) throws(InvalidField) {
        try reference("label", group.label, isRequired: needsLabel)
        guard group.metric.count == group.value.count else {
            throw InvalidField("value", "has \(group.value.count) entries for \(group.metric.count) in metric")
        }
        guard group.absentMetric.count == group.absentCause.count else {
            throw InvalidField(
                "absent_cause",
                "has \(group.absentCause.count) entries for \(group.absentMetric.count) in absent_metric")
        }
        defer {
            for number in group.metric { clear(number) }
            for number in group.absentMetric { clear(number) }
        }
        for (index, number) in group.metric.enumerated() { try mark(number, "metric[\(index)]") }
        for (index, number) in group.absentMetric.enumerated() { try mark(number, "absent_metric[\(index)]") }
        for (index, value) in group.value.enumerated() where value > Self.largestValue {
            throw InvalidField("value[\(index)]", "is beyond 2^63 - 1")
        }
        for (index, cause) in group.absentCause.enumerated() where cause == .unspecified {
            throw InvalidField("absent_cause[\(index)]", "names no cause")
        }
    }

    /// Numbers that a later catalogue may hold are kept and skipped; numbers that none can hold are refused.
    private mutating func mark(_ number: UInt32, _ path: @autoclosure () -> String) throws(InvalidField) {
        guard Self.catalogueNumbers.contains(number) else {
            throw InvalidField(path(), "is \(number); catalogue numbers go from 1 to 999")
        }
        guard !seen[Int(number)] else { throw InvalidField(path(), "is \(number), which the group has twice") }
        seen[Int(number)] = true
    }

    private mutating func clear(_ number: UInt32) {
        if Int(number) < seen.count { seen[Int(number)] = false }
    }

    private func histogram(_ histogram: SparseHistogram, buckets: Int) throws(InvalidField) {
        guard histogram.step.count == histogram.count.count else {
            throw InvalidField("count", "has \(histogram.count.count) entries for \(histogram.step.count) in step")
        }
        var bucket = 0
        for (index, step) in histogram.step.enumerated() {
            guard step > 0 || index == 0 else { throw InvalidField("step[\(index)]", "is 0; buckets rise") }
            guard Int(step) < buckets - bucket else {
                throw InvalidField("step[\(index)]", "leads to bucket \(bucket + Int(step)); there are \(buckets)")
            }
            bucket += Int(step)
        }
        var sum: UInt64 = 0
        for (index, count) in histogram.count.enumerated() {
            let (next, isOver) = sum.addingReportingOverflow(count)
            guard !isOver, next <= Self.largestValue else {
                throw InvalidField("count[\(index)]", "makes the sum too large")
            }
            sum = next
        }
    }

    // MARK: Instances

    private mutating func checkInstances(_ report: Report) throws(InvalidField) {
        var known: Set<String> = []
        for (index, instance) in report.instances.enumerated() {
            try within("instances[\(index)]") { v throws(InvalidField) in
                try v.checkInstance(instance)
                guard known.insert(v.names[Int(instance.name) - 1]).inserted else {
                    throw InvalidField("name", "is that of an instance before it")
                }
            }
        }
    }

    private mutating func checkInstance(_ instance: Instance) throws(InvalidField) {
        try reference("name", instance.name, isRequired: true)
        guard instance.port <= 65_535 else { throw InvalidField("port", "is \(instance.port)") }
        try size("redis_run_id", instance.redisRunID.count, [0, Limits.redisRunIDBytes])
        try time("server_time_us", instance.serverTimeUs)
        try reference("unit", instance.unit)
        try reference("version_name", instance.versionName)
        try reference("build_name", instance.buildName)
        try reference("data_device", instance.dataDevice)
        try within("readings") { v throws(InvalidField) in try v.group(instance.readings, needsLabel: false) }
        try within("ping") { v throws(InvalidField) in
            try v.histogram(instance.ping, buckets: PingHistogram.bucketCount)
        }
        try within("commands") { v throws(InvalidField) in try v.checkCommands(instance.commands) }
        for (index, error) in instance.errors.enumerated() {
            try within("errors[\(index)]") { v throws(InvalidField) in
                try v.reference("code", error.code, isRequired: true)
                try v.value("count", error.count)
            }
        }
    }

    private mutating func checkCommands(_ commands: Perch_V1_Commands) throws(InvalidField) {
        let count = commands.name.count
        guard count <= Limits.commandsPerInstance else {
            throw InvalidField("name", "has \(count) entries; at most \(Limits.commandsPerInstance) are taken")
        }
        for (index, name) in commands.name.enumerated() { try reference("name[\(index)]", name, isRequired: true) }
        let columns = [("calls", commands.calls), ("usec", commands.usec)]
        let mayBeEmpty = [("rejected", commands.rejected), ("failed", commands.failed)].filter { !$0.1.isEmpty }
        for (path, column) in columns + mayBeEmpty {
            guard column.count == count else {
                throw InvalidField(path, "has \(column.count) entries for \(count) in name")
            }
            for (index, entry) in column.enumerated() { try value("\(path)[\(index)]", entry) }
        }
        try within("durations") { v throws(InvalidField) in
            try v.histogram(commands.durations, buckets: count * CommandHistogram.edgesMicroseconds.count)
        }
        for (index, place) in commands.reset.enumerated() where place >= count {
            throw InvalidField("reset[\(index)]", "is \(place); there are \(count) commands")
        }
    }
}

// MARK: - Everything else

extension ReportValidation {
    private mutating func checkEvents(_ report: Report) throws(InvalidField) {
        for (index, run) in report.probes.enumerated() {
            try within("probes[\(index)]") { v throws(InvalidField) in
                try v.reference("name", run.name, isRequired: true)
                try v.value("duration_us", run.durationUs)
                try v.value("truncated", run.truncated)
            }
        }
        try within("journal") { v throws(InvalidField) in try v.checkJournal(report.journal) }
        for (index, login) in report.logins.enumerated() {
            try within("logins[\(index)]") { v throws(InvalidField) in
                try v.time("time_us", login.timeUs)
                try v.text("user", login.user, Limits.labelBytes)
                try v.text("source", login.source, Limits.labelBytes)
                try v.text("method", login.method, Limits.labelBytes)
                try v.text("key_fingerprint", login.keyFingerprint, Limits.labelBytes)
                try v.text("session", login.session, Limits.labelBytes)
            }
        }
        try text("spool.last_refusal", report.spool.lastRefusal, Limits.labelBytes)
        for (name, number) in [
            ("dropped", report.spool.dropped), ("set_aside", report.spool.setAside), ("torn", report.spool.torn),
            ("waiting", report.spool.waiting),
        ] { try value("spool.\(name)", number) }
    }

    private mutating func checkJournal(_ journal: Perch_V1_Journal) throws(InvalidField) {
        try value("gaps", journal.gaps)
        try value("suppressed", journal.suppressed)
        try value("skipped", journal.skipped)
        for (index, count) in journal.counts.enumerated() {
            try within("counts[\(index)]") { v throws(InvalidField) in
                try v.reference("unit", count.unit)
                guard count.priority <= 7 else { throw InvalidField("priority", "is \(count.priority); it goes to 7") }
                try v.value("entries", count.entries)
                try v.value("error_lines", count.errorLines)
            }
        }
        for (index, print) in journal.fingerprints.enumerated() {
            try within("fingerprints[\(index)]") { v throws(InvalidField) in
                try v.reference("unit", print.unit)
                try v.value("count", print.count)
                try v.text("sample", print.sample, Limits.fingerprintSampleBytes)
            }
        }
        for (index, kill) in journal.oomKills.enumerated() {
            try within("oom_kills[\(index)]") { v throws(InvalidField) in
                try v.time("time_us", kill.timeUs)
                try v.reference("unit", kill.unit)
                try v.text("process", kill.process, Limits.labelBytes)
            }
        }
    }

    private mutating func checkInventory(_ report: Report) throws(InvalidField) {
        for (index, port) in report.ports.listening.enumerated() {
            try within("ports.listening[\(index)]") { v throws(InvalidField) in
                try v.size("address", port.address.count, [4, 16])
                guard port.port <= 65_535 else { throw InvalidField("port", "is \(port.port)") }
                try v.reference("unit", port.unit)
            }
        }
        for (index, package) in report.packages.installed.enumerated() {
            try within("packages.installed[\(index)]") { v throws(InvalidField) in
                try v.text("name", package.name, Limits.labelBytes)
                try v.text("version", package.version, Limits.labelBytes)
                try v.text("architecture", package.architecture, Limits.labelBytes)
                try v.size("md5sums_digest", package.md5SumsDigest.count, [0, 32])
            }
        }
        for (index, digest) in report.digests.enumerated() {
            try within("digests[\(index)]") { v throws(InvalidField) in
                try v.text("path", digest.path, Self.pathBytes)
                try v.size("sha256", digest.sha256.count, [0, 32])
            }
        }
        for (index, fact) in report.facts.enumerated() {
            try within("facts[\(index)]") { v throws(InvalidField) in
                try v.reference("key", fact.key, isRequired: true)
                try v.reference("value", fact.value, isRequired: true)
            }
        }
    }

    // MARK: Single values

    /// Puts the path of what is being looked at in front of what is found there, only when something is.
    private mutating func within(
        _ path: @autoclosure () -> String, _ body: (inout ReportValidation) throws(InvalidField) -> Void
    ) throws(InvalidField) {
        do throws(InvalidField) {
            try body(&self)
        } catch {
            throw error.inside(path())
        }
    }

    private func reference(_ path: String, _ reference: UInt32, isRequired: Bool = false) throws(InvalidField) {
        guard reference <= names.count else {
            throw InvalidField(path, "points at name \(reference) of \(names.count)")
        }
        guard reference > 0 || !isRequired else { throw InvalidField(path, "is missing") }
    }

    private func value(_ path: String, _ value: UInt64) throws(InvalidField) {
        guard value <= Self.largestValue else { throw InvalidField(path, "is beyond 2^63 - 1") }
    }

    private func time(_ path: String, _ microseconds: UInt64) throws(InvalidField) {
        guard microseconds < Self.latestMicroseconds else { throw InvalidField(path, "is no plausible time") }
    }

    private func text(_ path: String, _ text: String, _ limit: Int) throws(InvalidField) {
        guard text.utf8.count <= limit else { throw InvalidField(path, "is longer than \(limit) bytes") }
    }

    private func size(_ path: String, _ count: Int, _ allowed: [Int]) throws(InvalidField) {
        guard allowed.contains(count) else {
            let sizes = allowed.map(String.init).joined(separator: " or ")
            throw InvalidField(path, "has \(count) bytes instead of \(sizes)")
        }
    }
}
