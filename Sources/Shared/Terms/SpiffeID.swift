/// `spiffe://DOMAIN/perch/KIND/NAME`: one identity, one spelling. Source: SPIFFE-ID specification, section 2.
public struct SpiffeID: Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable { case agent, collector, tool, person }

    public let domain: String
    public let kind: Kind
    public let name: String

    public var description: String { "spiffe://\(domain)/perch/\(kind.rawValue)/\(name)" }

    public enum Malformed: Error, Sendable, Equatable {
        case tooLong, scheme, domain, path, kind, name
    }

    public init(_ text: String) throws(Malformed) {
        guard text.utf8.count <= Limits.spiffeIDBytes else { throw .tooLong }
        guard text.hasPrefix("spiffe://") else { throw .scheme }
        let parts = text.dropFirst("spiffe://".count).split(separator: "/", omittingEmptySubsequences: false)
        guard let domain = parts.first, Self.isDomain(domain) else { throw .domain }
        guard parts.count == 4, parts[1] == "perch" else { throw .path }
        guard let kind = Kind(rawValue: String(parts[2])) else { throw .kind }
        guard Self.isSegment(parts[3]) else { throw .name }
        self.domain = String(domain)
        self.kind = kind
        self.name = String(parts[3])
    }

    /// - Throws: `domain` or `name` when that part cannot be spelt in a SPIFFE ID.
    public init(domain: String, kind: Kind, name: String) throws(Malformed) {
        try self.init("spiffe://\(domain)/perch/\(kind.rawValue)/\(name)")
    }

    private static func isDomain(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                isLowercaseOrDigit($0) || $0 == UInt8(ascii: ".")
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
    }

    static func isSegment(_ text: Substring) -> Bool {
        !text.isEmpty && text != "." && text != ".."
            && text.utf8.allSatisfy {
                isLowercaseOrDigit($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
    }

    private static func isLowercaseOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
