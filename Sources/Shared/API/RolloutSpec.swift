/// A roll-out as a tool asks for it, in YAML or JSON.
public struct RolloutSpec: Codable, Sendable, Equatable {
    /// `[A-Za-z0-9._-]{1,64}`, never used again.
    public var id: String
    /// What is rolled out. At least one.
    public var artifacts: [Artifact]
    /// Name of an active policy.
    public var policy: String
    public var old: [String]
    public var new: [String]
    public var pairs: Pairs
    /// Configuration files and their contents on the new hosts, beside the packages among `artifacts`.
    public var files: [File]?

    public struct File: Codable, Sendable, Equatable {
        public var path: String
        /// Lowercase hex.
        public var sha256: String
        public init(path: String, sha256: String) {
            self.path = path
            self.sha256 = sha256
        }
    }

    /// An instance that went from an old host to a new one.
    public struct Move: Codable, Sendable, Equatable {
        public var name: String
        public var from: String
        public var to: String
        public init(name: String, from: String, to: String) {
            self.name = name
            self.from = from
            self.to = to
        }
    }

    public struct Artifact: Codable, Sendable, Equatable {
        /// Package URL.
        public var name: String
        /// Lowercase hex.
        public var sha256: String
        public init(name: String, sha256: String) {
            self.name = name
            self.sha256 = sha256
        }
    }

    public struct Pair: Codable, Sendable, Equatable {
        /// The instance's name, the same on both sides.
        public var name: String
        public var old: String
        public var new: String
        public init(name: String, old: String, new: String) {
            self.name = name
            self.old = old
            self.new = new
        }
    }

    public enum Pairs: Sendable, Equatable {
        /// Each instance name once seen on both sides.
        case auto
        case listed([Pair])
        /// Nothing is mirrored, or the servers run no Redis: hosts are compared with hosts.
        case none
    }

    public init(
        id: String, artifacts: [Artifact], policy: String, old: [String], new: [String], pairs: Pairs,
        files: [File]? = nil
    ) {
        self.files = files
        self.id = id
        self.artifacts = artifacts
        self.policy = policy
        self.old = old
        self.new = new
        self.pairs = pairs
    }
}

extension RolloutSpec.Pairs: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let word = try? container.decode(String.self) {
            switch word {
            case "auto": self = .auto
            case "none": self = .none
            default:
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "pairs is `auto`, `none` or a list, not `\(word)`")
            }
        } else {
            self = .listed(try container.decode([RolloutSpec.Pair].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .auto: try container.encode("auto")
        case .none: try container.encode("none")
        case .listed(let pairs): try container.encode(pairs)
        }
    }
}
