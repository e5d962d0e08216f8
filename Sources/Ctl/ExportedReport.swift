// A verdict's report as a file of its own: drawn here from what was fetched and signed, without a collector's menu.
import Foundation
import Ledger
import Pages
import Shared

/// Draws the reports of an export. Roll-outs and requests for access are fetched once.
struct ExportedReports {
    let client: Client
    private var rollouts: [String: RolloutView] = [:]
    private var accesses: [AccessView]?
    private var hasAskedForAccesses = false

    init(client: Client) { self.client = client }

    /// - Parameters:
    ///   - proof: its place in the log; the checkpoint in it was read with the log.
    ///   - logins: what the evidence says of them.
    mutating func html(
        _ verdict: VerdictView, statement: VerdictStatement, envelope: Envelope, proof: TlogProof, logins: LoginList
    ) async throws -> [UInt8] {
        let checkpoint = try? Checkpoint(text: proof.note.text)
        let position = checkpoint.map {
            ReportContent.LogPosition(
                index: proof.index, size: $0.size, root: Base64.encode($0.root.bytes),
                keyID: envelope.signatures.first?.keyID ?? "", checkpointTime: "")
        }
        let content = ReportContent(
            verdict: verdict, rollout: try await rollout(verdict.rollout),
            artifacts: statement.subjects.map {
                RolloutSpec.Artifact(name: $0.name, sha256: $0.sha256.description)
            }, accesses: await requests(), logins: logins, logPosition: position, now: Date().formatted(.iso8601))
        return Array(ReportPage.html(content).utf8)
    }

    private mutating func rollout(_ id: String) async throws -> RolloutView {
        if let known = rollouts[id] { return known }
        let view = try client.decode(RolloutView.self, from: try await client.send(.init(path: ["rollouts", id])))
        rollouts[id] = view
        return view
    }

    /// - Returns: `nil` for a caller who may not read them, which the report then says.
    private mutating func requests() async -> [AccessView]? {
        guard !hasAskedForAccesses else { return accesses }
        hasAskedForAccesses = true
        guard let answer = try? await client.send(.init(path: ["access-requests"])) else { return nil }
        accesses = try? client.decode(AccessPage.self, from: answer).requests
        return accesses
    }
}
