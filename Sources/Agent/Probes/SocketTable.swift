// /proc/net/{tcp,tcp6,udp,udp6}: the sockets without control group, for hosts that refuse netlink. On a busy server
// the TCP table has a line for each connection, so it is read line by line and only what listens is kept.
import Terms

enum SocketTable {
    private static let fileBytes = 64 << 20

    static func read(_ table: SocketDiagnosis.Table, root: Root) throws(AbsenceCause) -> [SocketDiagnosis.Socket] {
        let file = (table.transport == .tcp ? "tcp" : "udp") + (table.isV6 ? "6" : "")
        var reader = try LineReader(root.file("/proc/net/" + file), limitBytes: fileBytes, lineBytes: 512)
        guard let header = try reader.next(), ProcText.words(header).first?.reads("sl") == true else { throw .parse }
        var found: [SocketDiagnosis.Socket] = []
        while let line = try reader.next() {
            guard let (state, socket) = socket(line, isV6: table.isV6) else { throw .parse }
            guard state == table.state, socket.port != 0 else { continue }
            guard found.count < SocketDiagnosis.sockets else { throw .parse }
            found.append(socket)
        }
        return found
    }

    /// `sl local remote state queues timer retransmits uid …`; addresses are printed as words of the machine's order.
    static func socket(_ line: ByteText, isV6: Bool) -> (state: UInt8, socket: SocketDiagnosis.Socket)? {
        let words = ProcText.words(line, limit: 16)
        guard words.count >= 8 else { return nil }
        let parts = words[1].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == (isV6 ? 32 : 8), parts[1].count == 4,
            let port = ProcText.hexadecimal(parts[1]), words[3].count == 2,
            let state = ProcText.hexadecimal(words[3]), let uid = ProcText.decimal(words[7]), uid <= UInt32.max
        else { return nil }
        var address: [UInt8] = []
        var digits = parts[0]
        while !digits.isEmpty {
            guard let word = ProcText.hexadecimal(digits.prefix(8)) else { return nil }
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: word)) { address.append(contentsOf: $0) }
            digits = digits.dropFirst(8)
        }
        let socket = SocketDiagnosis.Socket(
            address: address, port: UInt16(truncatingIfNeeded: port), uid: UInt32(truncatingIfNeeded: uid),
            controlGroup: nil, isV6Only: false)
        return (UInt8(truncatingIfNeeded: state), socket)
    }
}
