// What a host is: kernel, CPU, operating system and the few settings under which Redis runs differently. Shown and
// compared between the sides, never summed. All of it is world-readable; nothing here may name the machine itself, or
// no two hosts would ever be equal.
import Glibc
import Terms

final class FactsProbe: Probe {
    let name = "facts"
    let periodSeconds: UInt64 = 600
    private let root: Root

    init(root: Root, configuration _: Configuration) { self.root = root }

    func sample(_: Moment) -> Sample {
        var facts: [(String, String?)] = [
            ("kernel.release", ProcText.firstLine(root.file("/proc/sys/kernel/osrelease"))),
            ("kernel.version", ProcText.firstLine(root.file("/proc/version")).map(fitting)),
            ("kernel.cmdline", commandLine()),
            ("cpu.model", model()),
            ("os.release", release()),
            ("os.version", ProcText.firstLine(root.file("/etc/debian_version"))),
            ("memory.transparent_hugepage", chosen("/sys/kernel/mm/transparent_hugepage/enabled")),
            ("memory.transparent_hugepage.defrag", chosen("/sys/kernel/mm/transparent_hugepage/defrag")),
            ("clocksource", setting("/sys/devices/system/clocksource/clocksource0/current_clocksource")),
            ("cpu.governor", setting("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
            ("vm.overcommit_memory", setting("/proc/sys/vm/overcommit_memory")),
            ("vm.swappiness", setting("/proc/sys/vm/swappiness")),
            ("net.core.somaxconn", setting("/proc/sys/net/core/somaxconn")),
            ("disk.root", BlockDevices.behind(path: "/", root: root)),
        ]
        facts += vulnerabilities()
        var sample = Sample()
        for case (let key, let value?) in facts where !value.isEmpty {
            if sample.facts.count == Limits.facts {
                sample.truncated += 1
                continue
            }
            let short = ProcText.cut(value, limitBytes: Limits.labelBytes)
            if short.utf8.count < value.utf8.count { sample.truncated += 1 }
            sample.facts.append((ProcText.cut(key, limitBytes: Limits.labelBytes), short))
        }
        if sample.facts.isEmpty { sample.cause = .unsupported }
        return sample
    }

    private func setting(_ path: String) -> String? { ProcText.firstLine(root.file(path)) }

    /// Long texts cannot be a label: their digest compares as well.
    private func fitting(_ text: String) -> String {
        text.utf8.count <= Limits.labelBytes ? text : "sha256:" + SHA256.hex(SHA256.digest(of: Array(text.utf8)))
    }

    /// Without what names the boot medium of this one machine.
    private func commandLine() -> String? {
        let own = ["BOOT_IMAGE=", "initrd=", "root=", "resume=", "rd.luks", "cryptdevice=", "systemd.machine_id="]
        let parameters = setting("/proc/cmdline")?.split(separator: " ") ?? []
        let kept = parameters.filter { parameter in !own.contains { parameter.hasPrefix($0) } }
        return kept.isEmpty ? nil : fitting(kept.joined(separator: " "))
    }

    /// `model name` on x86; numbers of maker and part on ARM.
    private func model() -> String? {
        guard let text = try? ProcText.read(root.file("/proc/cpuinfo"), limitBytes: 16 << 20) else { return nil }
        var values: [String: String] = [:]
        // The first processor's paragraph; all are alike where Redis runs.
        for line in text.prefix(16 << 10).split(separator: UInt8(ascii: "\n")).prefix(64) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let key = ProcText.label(line[..<colon])
            if values[key] == nil { values[key] = ProcText.label(line[line.index(after: colon)...]) }
        }
        if let name = values["model name"] ?? values["cpu model"] ?? values["uarch"] { return name }
        guard let maker = values["CPU implementer"], let part = values["CPU part"] else { return nil }
        return "implementer \(maker) part \(part) revision \(values["CPU revision"] ?? "?")"
    }

    private func release() -> String? {
        for path in ["/etc/os-release", "/usr/lib/os-release"] {
            guard let text = try? ProcText.read(root.file(path), limitBytes: 64 << 10) else { continue }
            for line in ProcText.lines(text) {
                guard let value = line.dropping("PRETTY_NAME=") else { continue }
                return ProcText.label(value.filter { $0 != UInt8(ascii: "\"") }[...])
            }
        }
        return nil
    }

    /// `always [madvise] never` → `madvise`
    private func chosen(_ path: String) -> String? {
        let words = setting(path)?.split(separator: " ") ?? []
        return words.first { $0.hasPrefix("[") && $0.hasSuffix("]") }.map { String($0.dropFirst().dropLast()) }
    }

    /// The kernel's sentence up to the first semicolon: which mitigation, without its details.
    private func vulnerabilities() -> [(String, String?)] {
        let path = "/sys/devices/system/cpu/vulnerabilities"
        let names = ((try? Directory.entries(root.file(path), limit: 256)) ?? []).map(\.name).sorted()
        return names.map { name in
            let text = setting(path + "/" + name)
            return ("vulnerability." + name, text?.split(separator: ";").first.map(String.init))
        }
    }
}
