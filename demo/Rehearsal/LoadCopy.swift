import Foundation

/// The load's connection to one copy of an instance: writes without waiting, keeps what does not fit, counts replies.
/// Belongs to the load's thread alone.
final class LoadCopy {
    struct Counts: Sendable {
        /// Commands handed to the connection.
        var sent: UInt64 = 0
        var replies: UInt64 = 0
        var errors: UInt64 = 0
        /// Commands for which there was no room or no connection.
        var dropped: UInt64 = 0
        var reconnects: UInt64 = 0
        var lastError = ""
    }

    /// A copy that stands still gets all its traffic later, up to this much.
    static let pendingBytes = 8 << 20
    private static let retrySeconds = 0.2

    private let server: RedisServer
    private var descriptor: Int32 = -1
    private var pending: [UInt8] = []
    private var pendingStart = 0
    private var counter = ReplyCounter()
    /// Replies that are not the load's: that of AUTH.
    private var own: UInt64 = 0
    private var retryAt = 0.0
    private var past = Counts()

    init(_ server: RedisServer) { self.server = server }

    deinit { if descriptor >= 0 { close(descriptor) } }

    var counts: Counts {
        var counts = past
        counts.replies += counter.replies - min(own, counter.replies)
        counts.errors += counter.errors
        if !counter.lastError.isEmpty { counts.lastError = counter.lastError }
        return counts
    }

    /// Sends commands, or keeps them for later.
    func send(_ bytes: UnsafeRawBufferPointer, commands: Int, now: Double) {
        guard descriptor >= 0 || connect(now: now) else {
            past.dropped += UInt64(commands)
            return
        }
        let waiting = pending.count - pendingStart
        guard waiting + bytes.count <= Self.pendingBytes else {
            past.dropped += UInt64(commands)
            return
        }
        past.sent += UInt64(commands)
        if waiting > 0 {
            pending.append(contentsOf: bytes)
            flush()
            return
        }
        let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        if count < 0, errno != EAGAIN, errno != EINTR { return lose(now: now) }
        let done = max(count, 0)
        if done < bytes.count { pending.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[done...])) }
    }

    /// Reads what has arrived, without waiting for more.
    func receive(into buffer: UnsafeMutableRawBufferPointer, now: Double) {
        guard descriptor >= 0 else { return }
        if pendingStart < pending.count { flush() }
        // Enough for any tick; what is left over waits in the socket for the next one.
        for _ in 0..<16 {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count == 0 { return lose(now: now) }
            if count < 0 {
                if errno != EAGAIN, errno != EINTR { lose(now: now) }
                return
            }
            counter.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            if counter.isLost { return lose(now: now) }
            if count < buffer.count { return }
        }
    }

    private func flush() {
        let count = pending[pendingStart...].withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count > 0 { pendingStart += count }
        if pendingStart == pending.count {
            pending.removeAll(keepingCapacity: true)
            pendingStart = 0
        } else if pendingStart > Self.pendingBytes {
            pending.removeFirst(pendingStart)
            pendingStart = 0
        }
    }

    private func connect(now: Double) -> Bool {
        guard now >= retryAt else { return false }
        retryAt = now + Self.retrySeconds
        let opened = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard opened >= 0 else { return false }
        var on: Int32 = 1
        setsockopt(opened, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = Ports.loopback(port: server.port)
        let isConnecting = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(opened, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 || errno == EINPROGRESS
            }
        }
        guard isConnecting else {
            close(opened)
            return false
        }
        descriptor = opened
        pending = RedisCommand.encode(["AUTH", RedisServer.loadLogin.user, RedisServer.loadLogin.password])
        pendingStart = 0
        counter = ReplyCounter()
        own = 1
        return true
    }

    private func lose(now: Double) {
        past = counts
        past.reconnects += 1
        counter = ReplyCounter()
        own = 0
        close(descriptor)
        descriptor = -1
        pending.removeAll()
        pendingStart = 0
        retryAt = now + Self.retrySeconds
    }
}
