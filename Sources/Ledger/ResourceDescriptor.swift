// A file or package, by name and digest, as in-toto's ResourceDescriptor with SHA-256 alone.

/// Something that a statement speaks of. Readers match it by digest; the name is for people.
public struct ResourceDescriptor: Sendable, Hashable {
    /// A package URL where it is a package.
    public let name: String
    public let sha256: Digest

    public init(name: String, sha256: Digest) {
        self.name = name
        self.sha256 = sha256
    }

    var json: CanonicalJSON {
        .object(["digest": .object(["sha256": .string(sha256.description)]), "name": .string(name)])
    }

    static let required: Set<String> = ["digest", "name"]

    init(reading members: Members) throws(LedgerRefusal) {
        name = try members.text("name")
        sha256 = try members.nested("digest", required: ["sha256"]).digest("sha256")
    }

    static func list(
        _ name: String, in members: Members, _ count: ClosedRange<Int>
    ) throws(LedgerRefusal) -> [ResourceDescriptor] {
        var list: [ResourceDescriptor] = []
        for item in try members.list(name, count, required: required) {
            list.append(try ResourceDescriptor(reading: item))
        }
        return list
    }
}
