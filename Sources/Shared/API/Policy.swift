/// A policy as `GET /v1/policies` lists it.
public struct PolicyView: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable, CaseIterable {
        /// Roll-outs may name it.
        case active
        /// Waits for another person's approval.
        case proposed
        /// Approved, and a file of the same name is in force instead.
        case shadowed
        /// A later approval took its place.
        case replaced
    }
    public enum Source: String, Codable, Sendable, CaseIterable {
        /// The directory of policies on the collector.
        case file
        /// Proposed by one person, approved by another.
        case approval
        case builtIn = "built-in"
    }

    public var name: String
    public var state: State
    public var source: Source
    /// SHA-256 of the text, hex: what `sha256sum` prints for the file.
    public var digest: String
    /// Empty for files and the built-in one.
    public var proposedBy: String
    public var proposedAt: String
    /// Empty until approved.
    public var approvedBy: String
    public var approvedAt: String

    public init(
        name: String, state: State, source: Source, digest: String, proposedBy: String = "", proposedAt: String = "",
        approvedBy: String = "", approvedAt: String = ""
    ) {
        self.name = name
        self.state = state
        self.source = source
        self.digest = digest
        self.proposedBy = proposedBy
        self.proposedAt = proposedAt
        self.approvedBy = approvedBy
        self.approvedAt = approvedAt
    }

    enum CodingKeys: String, CodingKey {
        case name, state, source, digest
        case proposedBy = "proposed_by"
        case proposedAt = "proposed_at"
        case approvedBy = "approved_by"
        case approvedAt = "approved_at"
    }
}

/// By name; of one name the active one first, then proposals.
public struct PolicyPage: Codable, Sendable, Equatable {
    public var policies: [PolicyView]
    public init(policies: [PolicyView]) { self.policies = policies }
}

/// Answer of `GET /v1/policies/{name}`: all of that name, with their texts.
public struct PolicyTexts: Codable, Sendable, Equatable {
    public struct Entry: Codable, Sendable, Equatable {
        public var view: PolicyView
        /// YAML.
        public var text: String
        public init(view: PolicyView, text: String) {
            self.view = view
            self.text = text
        }
    }

    public var policies: [Entry]
    public init(policies: [Entry]) { self.policies = policies }
}

/// Body of `POST /v1/policies/{name}/approve`: exactly the text that the approver has read.
public struct PolicyApproval: Codable, Sendable, Equatable {
    public var digest: String
    public init(digest: String) { self.digest = digest }
}
