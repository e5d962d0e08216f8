// What names this machine and this boot of it, read once at start.
import Glibc
import Terms

enum HostIdentity {
    /// 16 bytes; empty when the kernel does not tell.
    static func bootID(root: Root) -> [UInt8] {
        guard let line = ProcText.firstLine(root.file("/proc/sys/kernel/random/boot_id")) else { return [] }
        let digits = line.utf8.filter { $0 != UInt8(ascii: "-") }
        guard digits.count == 32 else { return [] }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 32, by: 2) {
            guard let byte = ProcText.hexadecimal([digits[index], digits[index + 1]][...]) else { return [] }
            bytes.append(UInt8(byte))
        }
        return bytes
    }

    /// SHA-256 of the file as it is, so that `sha256sum /etc/machine-id` gives the same; empty when unreadable.
    static func machineIDDigest(root: Root) -> [UInt8] {
        guard let bytes = try? ProcText.read(root.file("/etc/machine-id"), limitBytes: 4096), !bytes.isEmpty else {
            return []
        }
        return SHA256.digest(of: Array(bytes))
    }

    /// For a first look without any certificate; reports that are sent carry the certificate's name.
    static func networkName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
        let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return ConfigurationFile.isHost(name) ? name : "unknown"
    }
}
