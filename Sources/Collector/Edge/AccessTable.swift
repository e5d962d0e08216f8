import Ledger
import Shared

/// What may be asked of the collector, beside sending reports, which the host registry grants.
enum Action: String, Sendable, CaseIterable {
    /// Verdict, gate, export of a roll-out.
    case readRollout
    case createRollout
    /// Advance, roll back, moves, rejudge.
    case changeRollout
    /// Override a verdict, invalidate evidence.
    case overrideVerdict
    case readEvidence
    case readHosts
    case registerHost
    case retireHost
    /// Ban, and lift a ban.
    case banHost
    case manageTokens
    case readTokens
    case readPolicies
    case proposePolicy
    case approvePolicy
    case importOrigins
    case requestAccess
    case approveAccess
    case readAccess
    /// Those that could not be delivered.
    case readAlerts
    /// Send a test, try again.
    case manageAlerts
}

enum Role: String, Sendable, CaseIterable {
    case deployer, auditor, `operator`, approver

    /// IDENTITY.md's table, as data: a role may do what is listed and nothing else.
    static func holders(of action: Action) -> Set<Role> {
        switch action {
        case .readRollout: [.deployer, .auditor, .operator, .approver]
        case .createRollout, .changeRollout: [.deployer, .operator]
        case .overrideVerdict, .banHost, .approvePolicy, .approveAccess: [.approver]
        case .readEvidence, .readHosts, .readPolicies, .readAccess, .readTokens, .readAlerts:
            [.auditor, .operator, .approver]
        case .registerHost, .retireHost, .manageTokens, .proposePolicy, .importOrigins, .manageAlerts: [.operator]
        case .requestAccess: [.operator, .approver]
        }
    }
}

/// One line of the permissions file.
struct Grant: Sendable, Equatable {
    var id: SpiffeID
    var role: Role
    /// Ids of roll-outs, or prefixes ending in `*`. `nil`: every roll-out, and for a deployer those it created.
    var rollouts: [String]?

    func covers(rollout: String) -> Bool {
        rollouts?.contains { $0.hasSuffix("*") ? rollout.hasPrefix($0.dropLast()) : rollout == $0 } ?? true
    }
}

/// The permissions file, read and checked. Names in certificates give no power; only what stands here does.
struct AccessTable: Sendable, Equatable {
    static let mostGrants = 1000
    static let mostPatterns = 256

    let grants: [SpiffeID: [Grant]]
    /// SHA-256 of the file's text, for the log.
    let digest: String

    /// - Throws: `FileMistakes`; also when nobody would be an operator.
    init(text: String, file: String, domain: String) throws {
        let document = try TOMLDocument(text: text, file: file)
        var top = document.top
        var grants: [SpiffeID: [Grant]] = [:]
        for section in top.sections("grant", limit: Self.mostGrants) {
            var section = section
            guard let grant = Self.grant(&section, domain: domain) else { continue }
            if grants[grant.id]?.contains(where: { $0.role == grant.role }) == true {
                section.note("id", "has the role \(grant.role.rawValue) twice; write its roll-outs into one grant")
            }
            grants[grant.id, default: []].append(grant)
        }
        top.finish()
        if !grants.values.joined().contains(where: { $0.role == .operator && $0.rollouts == nil }) {
            document.note("", "nobody would be an operator; add a [[grant]] with role = \"operator\" and no rollouts")
        }
        try document.finish()
        self.grants = grants
        digest = Digest(of: text.utf8).description
    }

    private static func grant(_ section: inout TOMLSection, domain: String) -> Grant? {
        let text = section.required("id")
        let roleText = section.required("role")
        let rollouts = section.strings("rollouts", limit: mostPatterns)
        section.finish()
        guard let text, let roleText else { return nil }
        guard let id = try? SpiffeID(text), id.domain == domain else {
            section.note("id", "is \"\(text)\"; write spiffe://\(domain)/perch/tool/NAME or .../perch/person/NAME")
            return nil
        }
        guard id.kind == .tool || id.kind == .person else {
            section.note("id", "names an \(id.kind.rawValue); agents are granted by the host registry, not here")
            return nil
        }
        guard let role = Role(rawValue: roleText) else {
            let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
            section.note("role", "is \"\(roleText)\"; it must be one of \(known)")
            return nil
        }
        for pattern in rollouts ?? [] where !isPattern(pattern) {
            section.note("rollouts", "holds \"\(pattern)\"; write an id, or the beginning of one followed by *")
            return nil
        }
        return Grant(id: id, role: role, rollouts: rollouts)
    }

    private static func isPattern(_ text: String) -> Bool {
        let stem = text.hasSuffix("*") ? text.dropLast() : text[...]
        return text.utf8.count <= Limits.hostBytes + 1 && !text.isEmpty && !stem.contains("*")
    }

    /// - Parameter rollout: the one that the action is about, and who created it; `nil` asks for the role alone.
    /// - Throws: `not-granted`, or `not-found` where the caller may not learn whether the roll-out exists.
    func require(_ action: Action, caller: SpiffeID, rollout: (id: String, creator: String)? = nil) throws(Problem) {
        let holders = Role.holders(of: action)
        let fitting = (grants[caller] ?? []).filter { holders.contains($0.role) }
        guard !fitting.isEmpty else {
            throw Problem(.notGranted, "\(caller) has no role here that may do this; ask an operator for a grant")
        }
        guard let rollout, !fitting.contains(where: { Self.allows($0, action, caller, rollout) }) else { return }
        guard action != .createRollout else {
            throw Problem(.notGranted, "the grant of \(caller) does not cover the roll-out \(rollout.id)")
        }
        throw Problem(.notFound, "there is no roll-out \(rollout.id), or it is not yours")
    }

    private static func allows(
        _ grant: Grant, _ action: Action, _ caller: SpiffeID, _ rollout: (id: String, creator: String)
    ) -> Bool {
        switch grant.role {
        case .deployer:
            if action == .createRollout { return grant.covers(rollout: rollout.id) }
            let isNamed = grant.rollouts != nil && grant.covers(rollout: rollout.id)
            return isNamed || rollout.creator == caller.description
        case .auditor, .operator, .approver: return grant.covers(rollout: rollout.id)
        }
    }
}
