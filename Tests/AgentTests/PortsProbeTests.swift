import Foundation
import Shared
import Testing

@testable import Agent

struct PortsProbeTests {
    private func text(_ port: ListeningPort) -> String {
        "\(port.transport) \(port.address.map(String.init).joined(separator: ".")) \(port.port) \(port.uid)"
    }

    @Test func theTablesGiveASortedSetWithoutClients() {
        let ports = SocketDiagnosis.listening(root: HostFixture.root("linux-6.1-container"))
        #expect(ports.cause == nil)
        #expect(ports.unitCause == .unsupported)
        #expect(ports.listening.map(text) == ["tcp 0.0.0.0 22 0", "tcp 127.0.0.1 6379 107", "udp 127.0.0.1 323 33"])
    }

    @Test func addressesOfVersion6AreInNetworkOrder() {
        let ports = SocketDiagnosis.listening(root: HostFixture.root("linux-6.1-ipv6"))
        #expect(
            ports.listening.map(\.address) == [
                [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
                [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
            ])
    }

    @Test func halfAListIsNoList() throws {
        let tree = try HostTree()
        try tree.write("/proc/net/tcp", Array(try HostFixture.bytes("linux-6.1-container", "proc/net/tcp")))
        let ports = SocketDiagnosis.listening(root: tree.root)
        #expect(ports.cause == .unsupported)
        #expect(ports.listening.isEmpty)
        try tree.write("/proc/net/udp", "  sl  local_address\nrubbish\n")
        #expect(SocketDiagnosis.listening(root: tree.root).cause == .parse)
    }

    @Test func aNetworkOfTheAgentsOwnIsDeniedNotAnEmptyList() throws {
        let tree = try HostTree()
        let header = "  sl  local_address rem_address   st\n"
        for file in ["tcp", "udp"] { try tree.write("/proc/net/" + file, header) }
        let loopback = "Inter-|\n face |\n    lo:" + String(repeating: " 0", count: 16) + "\n"
        try tree.write("/proc/net/dev", loopback)
        #expect(SocketDiagnosis.listening(root: tree.root).cause == .denied)
        try tree.write("/proc/net/dev", loopback + "  eth0:" + String(repeating: " 0", count: 16) + "\n")
        #expect(SocketDiagnosis.listening(root: tree.root).cause == nil)
        #expect(SocketDiagnosis.listening(root: tree.root).listening.isEmpty)
    }

    @Test func aProbeGivesThePortsAtItsPace() {
        let probe = PortsProbe(
            root: HostFixture.root("linux-6.1-container"), configuration: HostFixture.configuration())
        #expect(probe.periodSeconds == 60)
        #expect(probe.sample(HostFixture.moment()).ports?.listening.count == 3)
        let quick = HostFixture.configuration { $0.intervalMilliseconds = 999 }
        #expect(PortsProbe(root: .host, configuration: quick).periodSeconds == 0)
        let none = PortsProbe(root: HostFixture.root("dpkg-1.21"), configuration: quick)
        #expect(none.sample(HostFixture.moment()).cause == .unsupported)
    }

    @Test func tableLinesSurviveTruncationAndDamage() throws {
        let text = "   0: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000   107        0 1 1"
        let line = Array(text.utf8)[...]
        let whole = try #require(SocketTable.socket(line, isV6: false))
        #expect(whole.socket.port == 6379)
        #expect(SocketTable.socket(line, isV6: true) == nil)
        var random = HostRandom.seeded("ports tableLinesSurvive")
        for end in 0..<line.count { _ = SocketTable.socket(line.prefix(end), isV6: false) }
        for _ in 0..<500 {
            _ = SocketTable.socket(random.damaged(line), isV6: Bool.random(using: &random))
            _ = SocketTable.socket(random.bytes(120)[...], isV6: false)
        }
    }

    @Test func aSocketThatListensHereIsFoundWithItsOwner() throws {
        let tcp = try LoopbackSocket(AF_INET, SOCK_STREAM.rawValue)
        let udp = try LoopbackSocket(AF_INET, SOCK_DGRAM.rawValue)
        let ports = SocketDiagnosis.listening(root: .host)
        #expect(ports.cause == nil)
        let mine = { (transport: ListeningPort.Transport, port: UInt16) in
            ports.listening.contains {
                $0.transport == transport && $0.port == port && $0.address == [127, 0, 0, 1] && $0.uid == getuid()
            }
        }
        #expect(mine(.tcp, tcp.port))
        #expect(mine(.udp, udp.port))
        #expect(SocketDiagnosis.sorted(ports.listening) == ports.listening)
    }

    @Test func netlinkAndTheTablesAgree() throws {
        let socket = try LoopbackSocket(AF_INET, SOCK_STREAM.rawValue)
        let table = SocketDiagnosis.Table(transport: .tcp, isV6: false)
        guard let dump = try? NetlinkDump() else { return }
        let found = try dump.sockets(of: table).first { $0.port == socket.port }
        let listed = try SocketTable.read(table, root: .host).first { $0.port == socket.port }
        #expect(found?.address == listed?.address)
        #expect(found?.uid == listed?.uid)
        #expect(found != nil)
    }

    @Test func onlyNetlinkKnowsWhatServesVersion6Alone() throws {
        guard let only = try? LoopbackSocket(AF_INET6, SOCK_STREAM.rawValue, isV6Only: true) else { return }
        let both = try LoopbackSocket(AF_INET6, SOCK_STREAM.rawValue, isV6Only: false)
        guard (try? NetlinkDump().sockets(of: .init(transport: .tcp, isV6: true))) != nil else { return }
        let ports = SocketDiagnosis.listening(root: .host).listening
        #expect(ports.first { $0.port == only.port && $0.address.count == 16 }?.isV6Only == true)
        #expect(ports.first { $0.port == both.port && $0.address.count == 16 }?.isV6Only == false)
    }
}

/// A listening (or bound) socket on a free port of this host.
private final class LoopbackSocket {
    struct Failure: Error {}
    let descriptor: Int32
    let port: UInt16

    init(_ family: Int32, _ kind: UInt32, isV6Only: Bool? = nil) throws {
        descriptor = socket(family, Int32(kind), 0)
        guard descriptor >= 0 else { throw Failure() }
        if let isV6Only {
            var value: Int32 = isV6Only ? 1 : 0
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &value, socklen_t(MemoryLayout<Int32>.size))
        }
        var bytes = [UInt8](repeating: 0, count: family == AF_INET ? 16 : 28)
        withUnsafeBytes(of: sa_family_t(family)) { for (index, byte) in $0.enumerated() { bytes[index] = byte } }
        if family == AF_INET { bytes.replaceSubrange(4..<8, with: [127, 0, 0, 1]) }
        var size = socklen_t(bytes.count)
        let number = descriptor
        let isBound = bytes.withUnsafeMutableBytes { raw in
            let address = raw.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            return bind(number, address, size) == 0 && getsockname(number, address, &size) == 0
        }
        port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        guard isBound, kind == SOCK_DGRAM.rawValue || listen(descriptor, 1) == 0 else { throw Failure() }
    }

    deinit { close(descriptor) }
}
