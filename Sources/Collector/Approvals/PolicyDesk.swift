import Foundation
import Ledger
import Logging
import Policy
import Shared

/// One person's proposal of a policy, and another's approval. Its text never changes.
struct PolicyProposal: Codable, Sendable, Equatable {
    struct Step: Codable, Sendable, Equatable {
        var by: String
        var atMicroseconds: UInt64
    }

    var id: String
    var name: String
    var text: String
    /// SHA-256 of the text, hex.
    var digest: String
    var proposed: Step
    var approved: Step?
    var version = 1

    /// - Throws: `approval-own`.
    mutating func approve(by caller: String, atMicroseconds now: UInt64) throws(Problem) {
        guard caller != proposed.by else {
            throw Problem(.approvalOwn, "another person than who proposed a policy approves it")
        }
        approved = Step(by: caller, atMicroseconds: now)
        version += 1
    }
}

/// Policies that are proposed by one person and approved by another. Stored first, then in force; a roll-out that runs
/// keeps the text that it was created with.
actor PolicyDesk {
    private let store: any RecordStore
    private let clock: any WallClock
    private let shelf: PolicyShelf
    private let scribe: Scribe
    private let logger: Logger
    private(set) var proposals: [String: PolicyProposal] = [:]

    /// Proposals that wait for a decision.
    private static let mostOpen = 100

    init(
        store: any RecordStore, clock: any WallClock, shelf: PolicyShelf, scribe: Scribe = .unsigned, logger: Logger
    ) {
        self.scribe = scribe
        self.store = store
        self.clock = clock
        self.shelf = shelf
        self.logger = logger
    }

    /// - Throws: `StoreError`, `DecodingError` when what is stored cannot be read.
    func restore() async throws {
        for row in try await store.records(kind: .policy) {
            let proposal = try JSONDecoder().decode(PolicyProposal.self, from: Data(row.body))
            proposals[proposal.id] = proposal
        }
        putInForce()
    }

    // MARK: Reading

    /// Of one name, or of all; the active one of a name first, then proposals, newest first.
    func entries(named name: String? = nil) -> [PolicyTexts.Entry] {
        var found: [PolicyTexts.Entry] = []
        let active = shelf.active
        let inForce = Set(latestApproved.values.map(\.id))
        for (key, entry) in active where entry.source != .approval && (name ?? key) == key {
            let view = PolicyView(name: key, state: .active, source: entry.source, digest: entry.digest)
            found.append(PolicyTexts.Entry(view: view, text: entry.text))
        }
        for proposal in proposals.values where (name ?? proposal.name) == proposal.name {
            let isActive = active[proposal.name]?.source == .approval
            let state: PolicyView.State =
                proposal.approved == nil
                ? .proposed : !inForce.contains(proposal.id) ? .replaced : isActive ? .active : .shadowed
            found.append(PolicyTexts.Entry(view: PolicyView(proposal, state), text: proposal.text))
        }
        return found.sorted { Self.isBefore($0.view, $1.view) }
    }

    private static func isBefore(_ first: PolicyView, _ second: PolicyView) -> Bool {
        if first.name != second.name { return first.name < second.name }
        if (first.state == .active) != (second.state == .active) { return first.state == .active }
        return (first.proposedAt, first.digest) > (second.proposedAt, second.digest)
    }

    private func view(_ proposal: PolicyProposal) -> PolicyView {
        entries(named: proposal.name).map(\.view).first {
            $0.digest == proposal.digest && $0.proposedAt == PolicyView.time(proposal.proposed)
        } ?? PolicyView(proposal, .proposed)
    }

    // MARK: Changing

    /// - Returns: the proposal, and whether it is new; the same text again finds the first one.
    /// - Throws: `policy-invalid` with every mistake, `conflict`, `storage-unavailable`.
    func propose(_ text: String, by caller: String) async throws(Problem) -> (view: PolicyView, isNew: Bool) {
        let entry: PolicyShelf.Entry
        do throws(Mistakes) {
            entry = try PolicyShelf.entry(text, file: "policy")
        } catch {
            throw Problem(
                .policyInvalid, "the policy has \(error.all.count) mistakes, the first: \(error.all[0])",
                reasons: error.all.map(\.description))
        }
        let name = entry.document.name
        try refuseFile(name)
        let same = proposals.values.filter { $0.name == name && $0.digest == entry.digest }
        let inForce = latestApproved[name]?.id
        if let known = same.first(where: { $0.approved == nil || $0.id == inForce }) { return (view(known), false) }
        guard proposals.values.count(where: { $0.approved == nil }) < Self.mostOpen else {
            throw Problem(.conflict, "\(Self.mostOpen) proposals wait for a decision already")
        }
        let now = clock.nowMicroseconds()
        let proposal = PolicyProposal(
            id: UUIDv7.make(nowMicroseconds: now), name: name, text: text, digest: entry.digest,
            proposed: PolicyProposal.Step(by: caller, atMicroseconds: now))
        try await keep(proposal, expecting: 0, decision(proposal, "proposed", by: proposal.proposed))
        logger.notice("policy \(name) proposed by \(caller): sha256 \(entry.digest)")
        return (view(proposal), true)
    }

    /// - Throws: `not-found` for a text that nobody proposed, `approval-own`, `conflict`, `storage-unavailable`.
    func approve(_ name: String, digest: String, by caller: String) async throws(Problem) -> PolicyView {
        let same = proposals.values.filter { $0.name == name && $0.digest == digest }
        let inForce = latestApproved[name]
        if let known = inForce, known.digest == digest, !same.contains(where: { $0.approved == nil }) {
            return view(known)
        }
        guard var proposal = same.first(where: { $0.approved == nil }) else {
            throw Problem(.notFound, "nobody has proposed a policy \(name) with this digest")
        }
        try refuseFile(name)
        let before = proposal.version
        try proposal.approve(by: caller, atMicroseconds: clock.nowMicroseconds())
        try await keep(
            proposal, expecting: before, decision(proposal, "approved", by: proposal.approved ?? proposal.proposed))
        logger.notice("policy \(name) approved by \(caller), active: sha256 \(digest)")
        return view(proposal)
    }

    private func refuseFile(_ name: String) throws(Problem) {
        guard shelf.hasFile(named: name) else { return }
        throw Problem(.conflict, "a file of the collector's directory of policies is named \(name): change that file")
    }

    /// An approved policy is on record under the name that files have there; a proposal is none in force.
    private func decision(_ proposal: PolicyProposal, _ action: String, by step: PolicyProposal.Step) -> Decision? {
        guard let digest = Digest(hex: proposal.digest) else { return nil }
        let kind = proposal.approved == nil ? "policy-proposal" : "policy"
        return Decision(
            kind: .policy, id: UUIDv7.make(nowMicroseconds: step.atMicroseconds), action: action, by: step.by,
            atMicroseconds: step.atMicroseconds, subject: "\(kind):\(proposal.name)", subjectDigest: digest,
            summary: Gate.oneLine("policy \(proposal.name) sha256 \(proposal.digest) \(action)"),
            details: ["policy": proposal.name, "proposedBy": proposal.proposed.by])
    }

    private func keep(
        _ proposal: PolicyProposal, expecting version: Int, _ decision: Decision?
    ) async throws(Problem) {
        let statements = try scribe.statements(decision)
        let row = RecordRow(
            kind: .policy, id: proposal.id, version: proposal.version, body: StoredJSON.encoded(proposal))
        do {
            guard try await store.put(row, expecting: version, logging: statements) else {
                throw Problem(.versionMismatch, "the proposal changed in the meantime")
            }
        } catch {
            throw Problem(stored: error)
        }
        proposals[proposal.id] = proposal
        putInForce()
    }

    /// By name.
    private var latestApproved: [String: PolicyProposal] {
        var latest: [String: PolicyProposal] = [:]
        for proposal in proposals.values.sorted(by: { $0.id < $1.id }) {
            guard let step = proposal.approved else { continue }
            let isLater = latest[proposal.name]?.approved.map { $0.atMicroseconds <= step.atMicroseconds } ?? true
            if isLater { latest[proposal.name] = proposal }
        }
        return latest
    }

    private func putInForce() {
        var approved: [String: PolicyShelf.Entry] = [:]
        for (name, proposal) in latestApproved {
            do {
                approved[name] = try PolicyShelf.entry(proposal.text, file: "policy \(name)")
                approved[name]?.source = .approval
            } catch {
                // A later version of the collector may read policies more strictly.
                logger.error("the approved policy \(name) is not readable any more and is left out: \(error)")
            }
        }
        shelf.take(approved: approved)
    }
}

extension PolicyView {
    init(_ proposal: PolicyProposal, _ state: State) {
        self.init(
            name: proposal.name, state: state, source: .approval, digest: proposal.digest,
            proposedBy: proposal.proposed.by, proposedAt: Self.time(proposal.proposed),
            approvedBy: proposal.approved?.by ?? "", approvedAt: Self.time(proposal.approved))
    }

    static func time(_ step: PolicyProposal.Step?) -> String {
        step.map { Timestamp.text(microseconds: $0.atMicroseconds) } ?? ""
    }
}
