import Glibc

/// Text of IP addresses to bytes. IPv4 in IPv6 (`::ffff:10.0.0.1`, what a socket that takes both shows) is IPv4.
enum IPAddress {
    private static let mappedPrefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

    /// 4 or 16 bytes; `nil` for anything else, names included.
    static func bytes(_ text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        var sixteen = in6_addr()
        guard inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: &sixteen) { Array($0) }
        return bytes.starts(with: mappedPrefix) ? Array(bytes[12...]) : bytes
    }
}
