// A report as readable JSON for `perch-agent --once`: catalogue names instead of numbers, values in their units, causes
// in words. It shows the report that would be sent, so that what a person sees is what the collector gets.
import Terms

struct ReportText {
    let report: Wire.Report

    static func json(_ report: Wire.Report) -> String {
        var text = JSONText()
        text.object { ReportText(report: report).write(&$0) }
        return text.text + "\n"
    }

    private func write(_ text: inout JSONText) {
        text.string("host", report.host)
        text.string("agent_version", report.agentVersion)
        text.string("time", Self.utc(report.timeUs))
        text.string("uptime", Self.decimal(report.boottimeUs, per: 1_000_000) + " s")
        text.string("boot_id", SHA256.hex(report.bootID))
        text.string("machine_id_digest", SHA256.hex(report.machineIDDigest))
        text.object("probes") { text in for probe in report.probes { write(probe, &text) } }
        text.object("host_readings") { readings(report.hostReadings, &$0) }
        text.object("labelled") { text in
            for group in report.labelled {
                text.object(report.name(group.label) ?? "") { readings(group, &$0) }
            }
        }
        text.array("instances") { text in
            for instance in report.instances { text.object { write(instance, &$0) } }
        }
        if let ports = report.ports { text.object("ports") { write(ports, &$0) } }
        if let journal = report.journal { text.object("journal") { write(journal, &$0) } }
        if !report.logins.isEmpty { text.array("logins") { logins(&$0) } }
        if let packages = report.packages { text.object("packages") { write(packages, &$0) } }
        if !report.digests.isEmpty { text.object("digests") { digests(&$0) } }
        if !report.facts.isEmpty {
            text.object("facts") { text in
                for fact in report.facts { text.string(report.name(fact.key) ?? "", report.name(fact.value) ?? "") }
            }
        }
    }

    private func write(_ probe: Wire.ProbeRun, _ text: inout JSONText) {
        var members = [("duration", "\(probe.durationUs) us")]
        if let cause = probe.cause { members.append(("absent", cause.rawValue)) }
        if probe.truncated > 0 { members.append(("truncated", String(probe.truncated))) }
        text.line(report.name(probe.name), members)
    }

    // MARK: Readings

    private func readings(_ group: Wire.Group, _ text: inout JSONText) {
        for (number, value) in zip(group.metric, group.value) {
            guard let measurement = Catalogue.measurement(number) else { continue }
            let figure = Self.decimal(value, per: measurement.wirePerUnit)
            text.line(Self.title(measurement), [("value", figure), ("unit", measurement.unit)])
        }
        for (number, cause) in zip(group.absentMetric, group.absentCause) {
            guard let measurement = Catalogue.measurement(number) else { continue }
            text.line(Self.title(measurement), [("absent", cause.rawValue)])
        }
    }

    private static func title(_ measurement: Measurement) -> String {
        measurement.attribute.isEmpty ? measurement.name : measurement.name + "{" + measurement.attribute + "}"
    }

    /// Exact: `per` is a power of ten.
    static func decimal(_ value: UInt64, per: UInt64) -> String {
        guard per > 1 else { return String(value) }
        let places = String(per).utf8.count - 1
        let fraction = String(value % per)
        var digits = String(repeating: "0", count: max(0, places - fraction.utf8.count)) + fraction
        while digits.hasSuffix("0") { digits.removeLast() }
        return String(value / per) + (digits.isEmpty ? "" : "." + digits)
    }

    /// RFC 3339, by Howard Hinnant's civil calendar arithmetic: Foundation's would cost 45 MB.
    static func utc(_ microseconds: UInt64) -> String {
        let seconds = microseconds / 1_000_000
        let days = Int(seconds / 86_400) + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        let rest = Int(seconds % 86_400)
        return "\(year)-\(two(month))-\(two(day))T\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))Z"
    }

    // MARK: Instances

    private func write(_ instance: Wire.Instance, _ text: inout JSONText) {
        text.string("name", report.name(instance.name) ?? "")
        if instance.port > 0 { text.number("port", UInt64(instance.port)) }
        text.string("transport", instance.transport == .unix ? "unix" : "tcp")
        if let unit = report.name(instance.unit) { text.string("unit", unit) }
        cause("absent", instance.cause, &text)
        if let version = report.name(instance.versionName) { text.string("redis_version", version) }
        if !instance.redisRunID.isEmpty { text.string("redis_run_id", SHA256.hex(instance.redisRunID)) }
        if instance.loading { text.boolean("loading", true) }
        if let device = report.name(instance.dataDevice) { text.string("data_device", device) }
        text.object("ping") { text in
            cause("absent", instance.pingCause, &text)
            text.number("count", instance.ping?.count.reduce(0, &+) ?? 0)
        }
        text.object("readings") { readings(instance.readings, &$0) }
        text.object("commands") { text in
            cause("durations_absent", instance.commandsCause, &text)
            for command in instance.commands {
                text.line(
                    report.name(command.name) ?? "",
                    [
                        ("calls", String(command.calls)), ("time", "\(command.usec) us"),
                        ("rejected", String(command.rejected)), ("failed", String(command.failed)),
                    ])
            }
        }
        text.object("errors") { text in
            cause("absent", instance.errorsCause, &text)
            for error in instance.errors { text.number(report.name(error.code) ?? "", error.count) }
        }
    }

    private func cause(_ key: String, _ cause: AbsenceCause?, _ text: inout JSONText) {
        if let cause { text.string(key, cause.rawValue) }
    }

    // MARK: Lists

    private func write(_ ports: Wire.Ports, _ text: inout JSONText) {
        cause("absent", ports.cause, &text)
        cause("units_absent", ports.unitCause, &text)
        text.array("listening") { text in
            for port in ports.listening {
                var members = [
                    ("protocol", port.protocol == .udp ? "udp" : "tcp"), ("address", Self.address(port.address)),
                    ("port", String(port.port)), ("uid", String(port.uid)),
                ]
                if let unit = report.name(port.unit) { members.append(("unit", unit)) }
                text.line(nil, members)
            }
        }
    }

    static func address(_ bytes: [UInt8]) -> String {
        if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
        let groups = stride(from: 0, to: bytes.count - 1, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        return groups.map { String($0, radix: 16) }.joined(separator: ":")
    }

    private func write(_ journal: Wire.Journal, _ text: inout JSONText) {
        cause("absent", journal.cause, &text)
        text.number("gaps", journal.gaps)
        text.number("suppressed", journal.suppressed)
        text.number("skipped", journal.skipped)
        text.array("counts") { text in
            for count in journal.counts {
                text.line(
                    nil,
                    [
                        ("unit", report.name(count.unit) ?? ""), ("priority", String(count.priority)),
                        ("entries", String(count.entries)), ("error_lines", String(count.errorLines)),
                    ])
            }
        }
        text.array("fingerprints") { text in
            for fingerprint in journal.fingerprints {
                text.line(
                    nil,
                    [
                        ("unit", report.name(fingerprint.unit) ?? ""), ("count", String(fingerprint.count)),
                        ("sample", fingerprint.sample),
                    ])
            }
        }
        text.number("oom_kills", UInt64(journal.oomKills.count))
    }

    private func logins(_ text: inout JSONText) {
        for login in report.logins {
            text.line(
                nil,
                [
                    ("kind", login.kind.map { "\($0)" } ?? ""), ("time", Self.utc(login.timeUs)), ("user", login.user),
                    ("source", login.source), ("method", login.method), ("key_fingerprint", login.keyFingerprint),
                    ("session", login.session),
                ])
        }
    }

    private func write(_ packages: Wire.Packages, _ text: inout JSONText) {
        cause("absent", packages.cause, &text)
        for package in packages.installed {
            text.line(
                package.name,
                [
                    ("version", package.version), ("architecture", package.architecture),
                    ("md5sums_digest", SHA256.hex(package.md5SumsDigest)),
                ])
        }
    }

    private func digests(_ text: inout JSONText) {
        for digest in report.digests {
            if let cause = digest.cause {
                text.line(digest.path, [("absent", cause.rawValue)])
            } else {
                text.line(digest.path, [("sha256", SHA256.hex(digest.sha256))])
            }
        }
    }
}
