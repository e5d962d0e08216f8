// Pressure and out-of-memory kills of one systemd unit, from its control group: sharper than the host's, and readable
// by anyone. A unit's group is looked for where systemd puts it by default, then by a bounded walk.
import Terms

struct UnitPressure {
    static let measurements = [
        Catalogue.unitPressureCPU, Catalogue.unitPressureMemory, Catalogue.unitPressureIO, Catalogue.unitOOMKills,
    ]

    private static let directories = 4096
    private static let entriesPerDirectory = 8192

    private let root: Root
    private let top: Reading<String>
    /// Units in slices of their own, found by one walk for all.
    private var walked: [String: String]?

    init(root: Root) {
        self.root = root
        do {
            top = .value(try ControlGroups.top(root: root))
        } catch {
            top = .absent(error)
        }
    }

    mutating func read(_ unit: String) -> Sample.Values {
        switch top {
        case .absent(let cause): return Self.measurements.map { ($0, .absent(cause)) }
        case .value(let top):
            guard let group = group(of: unit, top) else {
                return Self.measurements.map { ($0, .absent(.unsupported)) }
            }
            return [
                (Catalogue.unitPressureCPU, Self.stalled(group + "/cpu.pressure")),
                (Catalogue.unitPressureMemory, Self.stalled(group + "/memory.pressure")),
                (Catalogue.unitPressureIO, Self.stalled(group + "/io.pressure")),
                (Catalogue.unitOOMKills, Self.kills(group + "/memory.events")),
            ]
        }
    }

    private mutating func group(of unit: String, _ top: String) -> String? {
        guard !unit.isEmpty, !unit.contains("/"), unit != "..", unit.hasSuffix(".service") else { return nil }
        for place in Self.usualPlaces(of: unit) where Directory.exists(top + place) { return top + place }
        let found = walked ?? Self.walk(top)
        walked = found
        return found[unit]
    }

    /// Instances of a template share a slice (systemd.resource-control(5), Slice=).
    static func usualPlaces(of unit: String) -> [String] {
        guard let at = unit.firstIndex(of: "@") else { return ["/system.slice/" + unit] }
        var prefix = ""
        // A hyphen in a slice's name means another level, so systemd escapes it.
        for character in unit[..<at] { prefix += character == "-" ? "\\x2d" : String(character) }
        return ["/system.slice/system-\(prefix).slice/\(unit)", "/system.slice/" + unit]
    }

    private static func walk(_ top: String) -> [String: String] {
        var found: [String: String] = [:]
        var slices = [top]
        var opened = 0
        while let path = slices.popLast(), opened < directories {
            opened += 1
            for entry in (try? Directory.entries(path, limit: entriesPerDirectory)) ?? [] where entry.isDirectory {
                if entry.name.hasSuffix(".slice") {
                    slices.append(path + "/" + entry.name)
                } else if entry.name.hasSuffix(".service") {
                    found[entry.name] = path + "/" + entry.name
                }
            }
        }
        return found
    }

    private static func stalled(_ path: String) -> Reading<UInt64> {
        do {
            return PressureStalls.parse(try ProcText.read(path, limitBytes: 4096)).some
        } catch {
            return .absent(error)
        }
    }

    private static func kills(_ path: String) -> Reading<UInt64> {
        do {
            let text = try ProcText.read(path, limitBytes: 4096)
            for line in ProcText.wholeLines(text) {
                if let count = line.dropping("oom_kill ").flatMap({ ProcText.decimal($0) }) { return .value(count) }
            }
            return .absent(.unsupported)
        } catch {
            return .absent(error)
        }
    }
}
