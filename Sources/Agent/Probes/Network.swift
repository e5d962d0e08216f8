// Traffic of the network interfaces and TCP's health from /proc/net/{dev,snmp,netstat}. Only interfaces with hardware
// count: a bond and its slaves, or a VLAN and its parent, would count the same bytes twice. All of it belongs to the
// agent's own network namespace; with nothing but loopback in it the probe says `denied` rather than zeros.
import Terms

final class NetworkProbe: Probe {
    let name = "network"
    private let root: Root

    init(root: Root, configuration _: Configuration) { self.root = root }

    func sample(_: Moment) -> Sample {
        var sample = Sample()
        do {
            let interfaces = try InterfaceCounters.parse(ProcText.read(root.file("/proc/net/dev")))
            let names = InterfaceChoice(root: root).choose(from: interfaces.map(\.name))
            let fitting = names.filter { $0.utf8.count <= Limits.labelBytes }.prefix(Limits.labelledPerKind)
            for interface in interfaces where fitting.contains(interface.name) {
                sample.labelled.append((interface.name, interface.values))
            }
            sample.truncated = UInt64(names.count - fitting.count)
            if InterfaceCounters.isLoopbackAlone(interfaces) { sample.cause = .denied }
        } catch {
            sample.cause = error
        }
        if let cause = sample.cause {
            sample.set(TCPCounters.all.map(\.measurement), absent: cause)
        } else {
            TCPCounters.read(root: root, into: &sample)
        }
        return sample
    }
}

struct InterfaceCounters {
    var name: String
    var values: Sample.Values

    /// PrivateNetwork= or the like: what can be read here is not Redis' network.
    static func isLoopbackAlone(_ interfaces: [InterfaceCounters]) -> Bool {
        interfaces.allSatisfy { $0.name == "lo" }
    }

    static let lines = 4096
    /// Column after the colon; columns of this file have been the same since Linux 2.1.
    private static let columns: [(Measurement, Int)] = [
        (Catalogue.networkReceived, 0), (Catalogue.networkTransmitted, 8), (Catalogue.packetsReceived, 1),
        (Catalogue.packetsTransmitted, 9), (Catalogue.droppedReceived, 3), (Catalogue.droppedTransmitted, 11),
        (Catalogue.errorsReceived, 2), (Catalogue.errorsTransmitted, 10),
    ]

    static func parse(_ text: ByteText) throws(AbsenceCause) -> [InterfaceCounters] {
        let all = ProcText.wholeLines(text)
        guard all.count >= 2, all[0].dropping("Inter-|") != nil else { throw .parse }
        var found: [InterfaceCounters] = []
        for line in all.dropFirst(2).prefix(lines) {
            // An alias has a colon in its name.
            guard let colon = line.lastIndex(of: UInt8(ascii: ":")) else { throw .parse }
            let name = ProcText.label(line[..<colon])
            let words = ProcText.words(line[line.index(after: colon)...])
            guard !name.isEmpty, words.count >= 16 else { throw .parse }
            let values: Sample.Values = columns.map { measurement, column in
                (measurement, ProcText.decimal(words[column]).map { .value($0) } ?? .absent(.parse))
            }
            found.append(InterfaceCounters(name: name, values: values))
        }
        return found
    }
}

/// Which interfaces count.
struct InterfaceChoice {
    let root: Root

    /// Those with hardware. Where there is none (a container's veth has no `device`), every Ethernet-like interface
    /// that is not stacked upon another one of this namespace. Without sysfs nothing is known but the names: all
    /// except loopback.
    func choose(from names: [String]) -> [String] {
        let outside = names.filter { $0 != "lo" && !$0.contains("/") }
        guard Directory.exists(root.file("/sys/class/net")) else { return outside }
        let physical = outside.filter { has($0, "device") }
        guard physical.isEmpty else { return physical.filter { !isUnderPhysicalMaster($0) } }
        return outside.filter { isEthernetLike($0) && !isStacked($0) }
    }

    private func has(_ name: String, _ item: String) -> Bool {
        Directory.exists(root.file("/sys/class/net/\(name)/\(item)"))
    }

    /// A virtual function under a synthetic interface (Hyper-V): the upper one counts its traffic as well.
    private func isUnderPhysicalMaster(_ name: String) -> Bool {
        let target = Directory.linkTarget(root.file("/sys/class/net/\(name)/master"))
        guard let master = target?.split(separator: "/").last else { return false }
        return has(String(master), "device")
    }

    /// ARPHRD_ETHER; tunnels carry their bytes over another interface. Dummies carry nothing, ifb's bytes were counted.
    private func isEthernetLike(_ name: String) -> Bool {
        ProcText.firstLine(root.file("/sys/class/net/\(name)/type")) == "1" && !name.hasPrefix("dummy")
            && !name.hasPrefix("ifb")
    }

    private func isStacked(_ name: String) -> Bool {
        let entries = (try? Directory.entries(root.file("/sys/class/net/\(name)"), limit: 256)) ?? []
        return entries.contains { $0.name.hasPrefix("lower_") || $0.name == "bridge" || $0.name == "bonding" }
    }
}

/// Counters by the names in the header lines, never by column: kernels insert new ones in the middle.
enum TCPCounters {
    static let all: [(measurement: Measurement, file: String, group: StaticString, key: StaticString)] = [
        (Catalogue.tcpSegmentsIn, "snmp", "Tcp:", "InSegs"),
        (Catalogue.tcpSegmentsOut, "snmp", "Tcp:", "OutSegs"),
        (Catalogue.tcpRetransmits, "snmp", "Tcp:", "RetransSegs"),
        (Catalogue.tcpEstablished, "snmp", "Tcp:", "CurrEstab"),
        (Catalogue.tcpListenOverflows, "netstat", "TcpExt:", "ListenOverflows"),
        (Catalogue.tcpListenDrops, "netstat", "TcpExt:", "ListenDrops"),
        (Catalogue.tcpTimeouts, "netstat", "TcpExt:", "TCPTimeouts"),
        (Catalogue.tcpSynRetransmits, "netstat", "TcpExt:", "TCPSynRetrans"),
    ]

    static func read(root: Root, into sample: inout Sample) {
        for file in ["snmp", "netstat"] {
            let wanted = all.filter { $0.file == file }
            do {
                let text = try ProcText.read(root.file("/proc/net/" + file))
                for item in wanted {
                    sample.set(item.measurement, reading: value(item.key, group: item.group, in: text))
                }
            } catch {
                sample.set(wanted.map(\.measurement), absent: error)
            }
        }
    }

    /// A line of names, then one of values, both beginning with the group.
    static func value(_ key: StaticString, group: StaticString, in text: ByteText) -> Reading<UInt64> {
        let lines = ProcText.wholeLines(text)
        let pairs = zip(lines, lines.dropFirst())
        guard
            let (header, values) = pairs.first(where: { header, values in
                header.dropping(group) != nil && values.dropping(group) != nil
            })
        else { return .absent(.parse) }
        let names = ProcText.words(header, limit: 512)
        let numbers = ProcText.words(values, limit: 512)
        guard names.count == numbers.count else { return .absent(.parse) }
        guard let column = names.firstIndex(where: { $0.reads(key) }) else { return .absent(.unsupported) }
        return ProcText.decimal(numbers[column]).map { .value($0) } ?? .absent(.parse)
    }
}
