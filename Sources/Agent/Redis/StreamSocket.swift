// One connection's descriptor and the calls on it, none of which ever waits.
import Glibc
import Terms

struct StreamSocket: Equatable {
    enum Received: Equatable {
        case bytes(Int)
        case nothing
        /// The peer has hung up, or the connection is broken.
        case end
    }

    let descriptor: Int32

    /// Begins to connect: when the descriptor can be written, `failure` tells whether it did.
    /// - Throws: the cause of the instance's absence.
    init(connectingTo address: SocketName) throws(AbsenceCause) {
        descriptor = socket(
            Int32(address.family), Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw AbsenceCause(errno: errno) }
        if address.family != sa_family_t(AF_UNIX) {
            // A PING must not wait for the one before it to be confirmed.
            var isOn: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
        }
        guard address.withPointer({ connect(descriptor, $0, $1) }) == 0 || errno == EINPROGRESS else {
            let code = errno
            Glibc.close(descriptor)
            throw ConnectFailure.cause(code)
        }
    }

    /// What became of connecting; 0 is well.
    var failure: Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 ? code : errno
    }

    /// - Returns: false when the system has no room for all of it: the peer has not read for long. A connection that is
    ///   broken takes everything; reading tells.
    func send(_ bytes: [UInt8]) -> Bool {
        let count = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        return count == bytes.count || count < 0 && errno != EAGAIN
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Received {
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { return .bytes(count) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? .nothing : .end
    }

    func close() { Glibc.close(descriptor) }
}
