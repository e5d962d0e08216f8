import Foundation

/// A blocking connection to a Redis server for set-up and faults: one command, one answer. For work on a thread of its
/// own (`Waiting.blocking`), never for load.
final class RedisConnection {
    private let descriptor: Int32
    private let server: String
    private var received: [UInt8] = []
    private var position = 0

    /// Every wait of this connection.
    static let timeoutSeconds = 10

    init(server: String, port: UInt16, user: String, password: String) throws {
        self.server = server
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw RehearsalError.system("open a socket", errno) }
        var timeout = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
        var address = Ports.loopback(port: port)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else { throw RehearsalError.system("connect to Redis \(server) on port \(port)", errno) }
        _ = try call(["AUTH", user, password])
    }

    deinit { close(descriptor) }

    /// The answer as text; elements of an array in lines.
    /// - Throws: `RehearsalError.redis` for an error reply.
    func call(_ words: [String]) throws -> String {
        try send(RedisCommand.encode(words))
        return try reply(words[0])
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { throw RehearsalError.system("write to Redis \(server)", errno) }
            sent += count
        }
    }

    func reply(_ command: String) throws -> String {
        let line = try line()
        let rest = String(line.dropFirst())
        switch line.first {
        case "+", ":": return rest
        case "-": throw RehearsalError.redis(server: server, command: command, answer: rest)
        case "$":
            guard let length = Int(rest), length >= 0 else { return "" }
            let bytes = try take(length + 2)
            return String(decoding: bytes.dropLast(2), as: UTF8.self)
        case "*":
            let count = min(max(Int(rest) ?? 0, 0), 100_000)
            return try (0..<count).map { _ in try reply(command) }.joined(separator: "\n")
        default: throw RehearsalError.redis(server: server, command: command, answer: line)
        }
    }

    /// Reads so many answers and forgets them.
    /// - Throws: `RehearsalError.redis` when one of them was an error.
    func discard(answers: Int) throws {
        var counter = ReplyCounter()
        while counter.replies < answers, !counter.isLost {
            received.withUnsafeBytes { counter.feed(UnsafeRawBufferPointer(rebasing: $0[position...])) }
            position = received.count
            if counter.replies < answers { try receive() }
        }
        if counter.errors > 0 || counter.isLost {
            throw RehearsalError.redis(server: server, command: "many commands", answer: counter.lastError)
        }
    }

    private func line() throws -> String {
        while true {
            if let end = received[position...].firstIndex(of: 0x0A) {
                let text = String(decoding: received[position..<max(position, end - 1)], as: UTF8.self)
                position = end + 1
                return text
            }
            try receive()
        }
    }

    private func take(_ count: Int) throws -> ArraySlice<UInt8> {
        while received.count - position < count { try receive() }
        defer { position += count }
        return received[position..<(position + count)]
    }

    private func receive() throws {
        received.removeFirst(position)
        position = 0
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else {
            throw RehearsalError.system("read from Redis \(server)", count == 0 ? ECONNRESET : errno)
        }
        received += chunk[..<count]
    }
}

/// A command in Redis' wire form.
enum RedisCommand {
    static func encode(_ words: [String]) -> [UInt8] {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words {
            bytes += Array("$\(word.utf8.count)\r\n".utf8)
            bytes += Array(word.utf8)
            bytes += [0x0D, 0x0A]
        }
        return bytes
    }
}
