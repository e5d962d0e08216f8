import Foundation

/// Free ports of the loopback interface.
public enum Ports {
    /// As many different ports as wanted, free at this moment. They are held open together while they are chosen, so
    /// none comes twice; whoever binds one later must still be ready to find it taken.
    public static func free(_ count: Int) throws -> [UInt16] {
        var sockets: [Int32] = []
        defer { for descriptor in sockets { close(descriptor) } }
        return try (0..<count).map { _ in
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw RehearsalError.system("open a socket", errno) }
            sockets.append(descriptor)
            return try bindToAny(descriptor)
        }
    }

    private static func bindToAny(_ descriptor: Int32) throws -> UInt16 {
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                bind(descriptor, plain, length) == 0 && getsockname(descriptor, plain, &length) == 0
            }
        }
        guard bound else { throw RehearsalError.system("bind a port on loopback", errno) }
        return UInt16(bigEndian: address.sin_port)
    }

    static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
