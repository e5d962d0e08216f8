// The kernel's socket diagnosis (linux/sock_diag.h, linux/inet_diag.h): asks for one table and reads the answer, which
// comes in several datagrams. Whatever is not well formed ends the dump as an error; lengths are checked before use.
import Glibc
import Terms

struct NetlinkDump: ~Copyable {
    private static let answerMilliseconds: Int64 = 500
    private static let datagrams = 8192

    private let descriptor: Int32

    init() throws(AbsenceCause) {
        let protocolSockDiag: Int32 = 4
        descriptor = socket(AF_NETLINK, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), protocolSockDiag)
        guard descriptor >= 0 else { throw AbsenceCause(errno: errno) }
    }

    deinit { close(descriptor) }

    /// A dump that changed under way is asked for again, three times in all.
    func sockets(of table: SocketDiagnosis.Table) throws(AbsenceCause) -> [SocketDiagnosis.Socket] {
        for sequence in UInt32(1)...3 {
            let request = NetlinkAnswer.request(table, sequence: sequence)
            let sent = request.withUnsafeBytes { bytes in
                send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            guard sent == request.count else { throw AbsenceCause(errno: errno) }
            var answer = NetlinkAnswer(table: table, sequence: sequence)
            try receive(into: &answer)
            if !answer.isInterrupted { return answer.sockets }
        }
        throw .timeout
    }

    private func receive(into answer: inout NetlinkAnswer) throws(AbsenceCause) {
        let deadline = Deadline(milliseconds: Self.answerMilliseconds)
        // The kernel fills at most 32 KiB for a reader that offers as much.
        var buffer = [UInt8](repeating: 0, count: 32 << 10)
        for _ in 0..<Self.datagrams {
            let left = deadline.millisecondsLeft
            guard left > 0 else { throw .timeout }
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, Int32(left)) > 0 else { continue }
            let flags = Int32(MSG_DONTWAIT) | Int32(MSG_TRUNC)
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, flags) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count >= 0 else { throw AbsenceCause(errno: errno) }
            guard count <= buffer.count else { throw .parse }
            if try answer.take(buffer[..<count]) { return }
        }
        throw .timeout
    }
}

/// The bytes of one dump, without the socket they come from.
struct NetlinkAnswer {
    let table: SocketDiagnosis.Table
    let sequence: UInt32
    private(set) var sockets: [SocketDiagnosis.Socket] = []
    /// The kernel's table changed while it was read.
    private(set) var isInterrupted = false

    private static let byFamily: UInt16 = 20
    private static let headerBytes = 16
    private static let messageBytes = 72
    private static let attributeV6Only: UInt16 = 11
    private static let attributeControlGroup: UInt16 = 21

    init(table: SocketDiagnosis.Table, sequence: UInt32) {
        self.table = table
        self.sequence = sequence
    }

    /// `nlmsghdr` and `inet_diag_req_v2`.
    static func request(_ table: SocketDiagnosis.Table, sequence: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) } }
        append(UInt32(headerBytes + 56))
        append(byFamily)
        append(UInt16(0x301))  // NLM_F_REQUEST, NLM_F_DUMP
        append(sequence)
        append(UInt32(0))
        append(UInt8(truncatingIfNeeded: table.isV6 ? AF_INET6 : AF_INET))
        append(UInt8(table.transport == .tcp ? 6 : 17))
        append(UInt16(0))
        append(UInt32(1) << UInt32(table.state))
        bytes.append(contentsOf: repeatElement(0, count: 48))
        return bytes
    }

    /// - Returns: whether the dump is over.
    mutating func take(_ datagram: ByteText) throws(AbsenceCause) -> Bool {
        var rest = datagram
        while rest.count >= Self.headerBytes {
            let length = Int(Self.load(UInt32.self, rest, 0))
            guard length >= Self.headerBytes, length <= rest.count else { throw .parse }
            let message = rest.prefix(length)
            rest = rest.dropFirst((length + 3) & ~3)
            // Not ours: the late answer to a question that we gave up.
            guard Self.load(UInt32.self, message, 8) == sequence else { continue }
            let interruptedFlag: UInt16 = 0x10
            if Self.load(UInt16.self, message, 6) & interruptedFlag != 0 { isInterrupted = true }
            switch Self.load(UInt16.self, message, 4) {
            case 3:  // NLMSG_DONE, with an error number if the dump failed
                try Self.checkError(message)
                return true
            case 2:  // NLMSG_ERROR
                try Self.checkError(message)
            case Self.byFamily:
                try takeSocket(message.dropFirst(Self.headerBytes))
            default: break
            }
        }
        guard rest.isEmpty else { throw .parse }
        return false
    }

    private static func checkError(_ message: ByteText) throws(AbsenceCause) {
        guard message.count >= headerBytes + 4 else { return }
        let code = load(Int32.self, message, headerBytes)
        guard code == 0 else { throw AbsenceCause(errno: code > Int32.min ? abs(code) : EIO) }
    }

    /// `inet_diag_msg`: family, state, two bytes; the socket's ports and addresses; expires, queues, uid, inode.
    private mutating func takeSocket(_ message: ByteText) throws(AbsenceCause) {
        guard message.count >= Self.messageBytes else { throw .parse }
        let family = Int32(Self.load(UInt8.self, message, 0))
        guard family == (table.isV6 ? AF_INET6 : AF_INET), Self.load(UInt8.self, message, 1) == table.state else {
            return
        }
        let port = UInt16(bigEndian: Self.load(UInt16.self, message, 4))
        guard port != 0 else { return }
        guard sockets.count <= SocketDiagnosis.sockets else { throw .parse }
        let address = message.dropFirst(8).prefix(table.isV6 ? 16 : 4)
        var socket = SocketDiagnosis.Socket(
            address: Array(address), port: port, uid: Self.load(UInt32.self, message, 64), controlGroup: nil,
            isV6Only: false)
        var rest = message.dropFirst(Self.messageBytes)
        while rest.count >= 4 {
            let length = Int(Self.load(UInt16.self, rest, 0))
            guard length >= 4, length <= rest.count else { throw .parse }
            switch Self.load(UInt16.self, rest, 2) {
            case Self.attributeV6Only where length >= 5: socket.isV6Only = Self.load(UInt8.self, rest, 4) != 0
            case Self.attributeControlGroup where length >= 12:
                socket.controlGroup = Self.load(UInt64.self, rest, 4)
            default: break
            }
            rest = rest.dropFirst((length + 3) & ~3)
        }
        sockets.append(socket)
    }

    /// In the machine's byte order. The caller has checked that the bytes are there.
    private static func load<Value: FixedWidthInteger & BitwiseCopyable>(
        _: Value.Type, _ bytes: ByteText, _ offset: Int
    ) -> Value {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) }
    }
}
