// Every listening TCP and unconnected UDP socket of the agent's network namespace with its owner. The kernel's socket
// diagnosis over netlink answers anyone and knows the control group; where it is refused the tables in /proc/net give
// the same sockets without units. It must never report half a list as a whole one, and never a process id or program
// name, which would change with every restart.
import Glibc
import Terms

enum SocketDiagnosis {
    /// More sockets than any host's list may hold: beyond it the host is under attack or we misread it.
    static let sockets = 16_384

    /// One table of the kernel.
    struct Table: Sendable, Equatable {
        var transport: ListeningPort.Transport
        var isV6: Bool

        static let all = [
            Table(transport: .tcp, isV6: false), Table(transport: .tcp, isV6: true),
            Table(transport: .udp, isV6: false), Table(transport: .udp, isV6: true),
        ]

        /// TCP: LISTEN. UDP: CLOSE, the kernel's word for unconnected.
        var state: UInt8 {
            switch transport {
            case .tcp: 10
            case .udp: 7
            }
        }
    }

    struct Socket: Sendable, Equatable {
        var address: [UInt8]
        var port: UInt16
        var uid: UInt32
        /// `nil`: the kernel does not say.
        var controlGroup: UInt64?
        var isV6Only: Bool
    }

    /// Blocks for as long as the kernel takes, at most about two seconds.
    static func listening(root: Root) -> PortsSample {
        var found: [(Table, Socket)] = []
        var unitCause: AbsenceCause?
        for table in Table.all {
            do {
                let (sockets, refusal) = try read(table, root: root)
                for socket in sockets { found.append((table, socket)) }
                unitCause = unitCause ?? refusal
            } catch {
                // Without IPv6 its tables are missing, and nothing listens there.
                if table.isV6, error == .unsupported { continue }
                return PortsSample(listening: [], cause: error, unitCause: nil)
            }
            if found.count > sockets { return PortsSample(listening: [], cause: .parse, unitCause: nil) }
        }
        if found.isEmpty, isShutOff(root) { return PortsSample(listening: [], cause: .denied, unitCause: nil) }
        let (units, walkCause) = units(of: found.map(\.1), root: root)
        let ports = found.map { table, socket in
            ListeningPort(
                transport: table.transport, address: socket.address, port: socket.port, uid: socket.uid,
                unit: socket.controlGroup.flatMap { units[$0] }, isV6Only: socket.isV6Only)
        }
        return PortsSample(listening: sorted(ports), cause: nil, unitCause: unitCause ?? walkCause)
    }

    /// Nobody listens where there is only loopback: the agent was given a network of its own, and the host's ports are
    /// not to be seen from it. An empty list would read as a host without ports.
    private static func isShutOff(_ root: Root) -> Bool {
        guard let text = try? ProcText.read(root.file("/proc/net/dev")),
            let interfaces = try? InterfaceCounters.parse(text)
        else { return false }
        return InterfaceCounters.isLoopbackAlone(interfaces)
    }

    /// - Returns: the sockets, and why they come without control groups if they do.
    private static func read(_ table: Table, root: Root) throws(AbsenceCause) -> ([Socket], AbsenceCause?) {
        // A captured tree has no netlink; the real one would answer for this host.
        guard root.path.isEmpty else { return (try SocketTable.read(table, root: root), .unsupported) }
        do {
            return (try NetlinkDump().sockets(of: table), nil)
        } catch let refusal {
            return (try SocketTable.read(table, root: root), refusal)
        }
    }

    private static func units(of sockets: [Socket], root: Root) -> ([UInt64: String], AbsenceCause?) {
        let groups = sockets.compactMap(\.controlGroup)
        guard !groups.isEmpty else { return ([:], sockets.isEmpty ? nil : .unsupported) }
        // 1 is the root of the hierarchy; all of them there means that systemd does not use version 2.
        let wanted = Set(groups).subtracting([0, 1])
        guard !wanted.isEmpty else { return ([:], .unsupported) }
        do {
            // Linux before 5.8 gives no group.
            return (try ControlGroups.units(of: wanted, root: root), groups.count == sockets.count ? nil : .unsupported)
        } catch {
            return ([:], error)
        }
    }

    /// TCP before UDP, then by port: what a limit cuts first are the high ports of UDP clients.
    static func sorted(_ ports: [ListeningPort]) -> [ListeningPort] {
        Set(ports).sorted { left, right in
            if left.transport != right.transport { return left.transport == .tcp }
            if left.port != right.port { return left.port < right.port }
            if left.address.count != right.address.count { return left.address.count < right.address.count }
            if left.address != right.address { return left.address.lexicographicallyPrecedes(right.address) }
            if left.uid != right.uid { return left.uid < right.uid }
            if left.unit != right.unit { return (left.unit ?? "") < (right.unit ?? "") }
            return !left.isV6Only && right.isV6Only
        }
    }
}
