// INFO texts, replies and real servers for the tests of the Redis half.
import Foundation
import Shared

@testable import Agent

enum RedisFixture {
    static func bytes(_ name: String) throws -> [UInt8] {
        let place = URL(filePath: #filePath).deletingLastPathComponent().path + "/../Fixtures/Agent/redis-info/"
        return Array(try Data(contentsOf: URL(filePath: place + name)))
    }

    static func info(_ name: String, _ change: (inout String) -> Void = { _ in }) throws -> RedisInfo {
        var text = String(decoding: try bytes(name), as: UTF8.self)
        change(&text)
        return try RedisInfo.parse(Array(text.utf8)[...])
    }

    static func reply(_ text: String) throws -> RESPValue {
        var parser = RESPParser()
        parser.append(Array(text.utf8))
        guard let reply = try parser.next() else { throw CocoaError(.coderReadCorrupt) }
        return reply.value
    }

    static func bulk(_ bytes: [UInt8]) -> [UInt8] { Array("$\(bytes.count)\r\n".utf8) + bytes + [13, 10] }
}

extension InstanceSample {
    func value(_ measurement: Shared.Measurement) -> UInt64? { reading(measurement)?.value }

    func reading(_ measurement: Shared.Measurement) -> Reading<UInt64>? {
        readings.first { $0.measurement == measurement }?.reading
    }
}

extension RedisRunID {
    init?(bytes: [UInt8]) { self.init(hexadecimal: ByteText(SHA256.hex(bytes).utf8)) }
}

/// A real redis-server in a directory of its own, on a free port, with the agent's least user.
final class RedisServer: @unchecked Sendable {
    // Used by one test at a time; `Process` itself is not Sendable.
    static let program = "/usr/bin/redis-server"
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }

    let directory: String
    let port: UInt16
    /// A shell that kills its server when this end of its input closes, however the test run ends.
    private var keeper: (process: Process, input: Pipe)?
    private(set) var pid: Int32 = 0

    /// No `wait`: where the test's thread has blocked SIGCHLD, so has the shell, and it would wait for ever.
    private static let keeping = #""$0" "$@" < /dev/null & child=$!; read -r _; kill -9 $child"#

    var passwordFile: String { directory + "/password" }
    var socket: String { directory + "/redis.sock" }

    /// Not yet started: `start` waits for its answer.
    init() throws {
        directory = FileManager.default.temporaryDirectory.path + "/perch-redis-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        port = try Self.freePort()
        try "s3cret\n".write(toFile: passwordFile, atomically: true, encoding: .utf8)
        // The line that operators are told, so that every test shows that it suffices.
        let agent = RedisACL.line(user: nil).replacingOccurrences(of: "ACL SETUSER", with: "user")
            .replacingOccurrences(of: "SECRET", with: "s3cret")
        let users = "user default on nopass ~* &* +@all\n\(agent)\n"
        try users.write(toFile: directory + "/users.acl", atomically: true, encoding: .utf8)
    }

    static func started(_ options: [String] = []) async throws -> RedisServer {
        let server = try RedisServer()
        try await server.start(options)
        return server
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    func start(_ options: [String] = []) async throws {
        let process = Process()
        let input = Pipe()
        process.executableURL = URL(filePath: "/bin/sh")
        process.currentDirectoryURL = URL(filePath: directory)
        process.standardInput = input
        process.standardError = FileHandle.nullDevice
        process.arguments =
            ["-c", Self.keeping, Self.program, "--port", "\(port)", "--bind", "127.0.0.1", "--dir", directory]
            + ["--save", "", "--unixsocket", socket, "--aclfile", directory + "/users.acl", "--logfile", "log"]
            + options
        try process.run()
        keeper = (process, input)
        // Ready when it answers.
        let end = Date(timeIntervalSinceNow: 10)
        while pid == 0 {
            guard Date() < end else { throw CocoaError(.executableNotLoadable) }
            try await Task.sleep(for: .milliseconds(5))
            let info = (try? command("INFO", "server")) ?? ""
            pid = info.firstMatch(of: /process_id:([0-9]+)/).flatMap { Int32($0.output.1) } ?? 0
        }
    }

    func signal(_ number: Int32) { if pid > 1 { kill(pid, number) } }

    /// By surprise, as far as the server is concerned.
    func stop() {
        guard let (process, input) = keeper else { return }
        keeper = nil
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        pid = 0
    }

    /// One command as the default user, on a connection of its own; its raw reply.
    @discardableResult
    func command(_ words: String...) throws -> String {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var time = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var address = Self.loopback(port)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw CocoaError(.fileNoSuchFile) }
        var request = "*\(words.count)\r\n"
        for word in words { request += "$\(word.utf8.count)\r\n\(word)\r\n" }
        guard write(descriptor, request, request.utf8.count) == request.utf8.count else {
            throw CocoaError(.fileWriteUnknown)
        }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { throw CocoaError(.fileReadUnknown) }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    static func freePort() throws -> UInt16 {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard result else { throw CocoaError(.fileReadUnknown) }
        return UInt16(bigEndian: address.sin_port)
    }
}
