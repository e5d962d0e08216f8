// The list of host probes, built once from the configuration, and what is said of a probe that was not asked or did
// not answer: every measurement that it would have given is absent with the cause, never zero.
import Terms

enum Registry {
    /// In the order in which they run; what may block for long stands last, so that a slow mount or journal costs the
    /// quick ones nothing.
    static func probes(root: Root, configuration: Configuration) -> [any Probe] {
        let all: [any Probe] = [
            CPUProbe(root: root, configuration: configuration),
            PressureProbe(root: root, configuration: configuration),
            MemoryProbe(root: root, configuration: configuration),
            DiskProbe(root: root, configuration: configuration),
            NetworkProbe(root: root, configuration: configuration),
            PortsProbe(root: root, configuration: configuration),
            FactsProbe(root: root, configuration: configuration),
            PackagesProbe(root: root, configuration: configuration),
            DigestsProbe(root: root, configuration: configuration),
            JournalProbe(configuration: configuration),
            FilesystemProbe(root: root, configuration: configuration),
        ]
        return all.filter { !configuration.disabledProbes.contains($0.name) }
    }

    /// What `disabled` in the configuration may name.
    static let names = [
        "cpu", "pressure", "memory", "disk", "network", "ports", "facts", "packages", "digests", "journal",
        "filesystem",
    ]

    /// - Parameter labels: devices or mounts that the probe reported the last time.
    static func absent(_ probe: String, _ cause: AbsenceCause, labels: [String] = []) -> Sample {
        var sample = Sample()
        sample.cause = cause
        for measurement in Catalogue.all where Self.probe(of: measurement) == probe {
            switch measurement.level {
            case .host: sample.set(measurement, absent: cause)
            case .device, .mount, .interface, .instance: break
            }
        }
        let labelled = Catalogue.all.filter { isLabelled($0) && Self.probe(of: $0) == probe }
        if !labelled.isEmpty {
            for label in labels { sample.labelled.append((label, labelled.map { ($0, .absent(cause)) })) }
        }
        switch probe {
        case "ports": sample.ports = PortsSample(listening: [], cause: cause)
        case "packages": sample.packages = PackagesSample(installed: [], cause: cause)
        case "journal":
            var journal = JournalSample()
            journal.cause = cause
            sample.journal = journal
        default: break
        }
        return sample
    }

    private static func isLabelled(_ measurement: Measurement) -> Bool {
        switch measurement.level {
        case .device, .mount, .interface: true
        case .host, .instance: false
        }
    }

    /// By the catalogue's names; instances are the fleet's, not a probe's.
    private static func probe(of measurement: Measurement) -> String? {
        switch measurement.level {
        case .device: return "disk"
        case .mount: return "filesystem"
        case .interface: return "network"
        case .instance: return nil
        case .host: break
        }
        let name = measurement.name
        if name.hasPrefix("system.cpu.") || name.hasPrefix("perch.agent.") || name == "system.uptime" { return "cpu" }
        if name.hasPrefix("perch.system.pressure.") { return "pressure" }
        if name.hasPrefix("perch.system.tcp.") { return "network" }
        return "memory"
    }
}
