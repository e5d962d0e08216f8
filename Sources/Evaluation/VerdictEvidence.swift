import Evidence
import Foundation
import Judge
import Ledger
import Shared

/// What a verdict rests on, as files with digests, and the statement about it. Made at judging time, when what was
/// known is at hand.
package struct VerdictEvidence: Sendable {
    /// Canonical JSON.
    package let manifest: [UInt8]
    /// JSON with sorted members.
    package let context: [UInt8]
    package let manifestDigest: Digest

    package static let manifestName = "evidence/manifest.json"

    /// - Throws: `LedgerRefusal` for evidence beyond the limits; `EncodingError` never happens.
    package init(
        _ hour: JudgedHour, context: JudgingContext, policyText: String
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var context = context
        context.records = context.records.concerning(packages: hour.packageNames)
        self.context = Array(try encoder.encode(context))
        let policy = Array(policyText.utf8)
        manifest = try Manifest(
            rollout: context.spec.id, window: try hour.verdict.utcWindow,
            policy: ManifestFile(
                path: Self.path("policy", policy, "yaml"), sha256: Digest(of: policy), size: UInt64(policy.count)),
            context: ManifestFile(
                path: Self.path("context", self.context, "json"), sha256: Digest(of: self.context),
                size: UInt64(self.context.count)),
            judge: .ours, chunks: hour.evidence.chunks,
            missing: Array(hour.evidence.missing.prefix(LedgerLimits.missing)),
            excluded: context.invalidations.compactMap { LedgerID($0.id) }
        ).encoded()
        manifestDigest = Digest(of: manifest)
    }

    /// Named by its digest, so that the files of several verdicts fit into one directory.
    private static func path(_ name: String, _ bytes: [UInt8], _ suffix: String) -> String {
        "\(name)-\(Digest(of: bytes).description.prefix(16)).\(suffix)"
    }
}

extension JudgeName {
    /// The judge that this build has.
    package static var ours: JudgeName { JudgeName(name: Verdict.judgeName, version: Verdict.judgeVersion) }
}

extension Verdict {
    package var utcWindow: UTCWindow {
        get throws(LedgerRefusal) {
            guard let from = UTCTime(unixSeconds: Int64(window.fromSeconds)),
                let to = UTCTime(unixSeconds: Int64(window.toSeconds)), let window = UTCWindow(from: from, to: to)
            else { throw LedgerRefusal(.statement, "the verdict's window is not a span of time") }
            return window
        }
    }
}

extension VerdictStatement {
    /// - Parameters:
    ///   - url: the verdict's address.
    ///   - number: of the evaluation, 1, 2, ….
    /// - Throws: `LedgerRefusal` (`statement`) for ids that are none.
    package init(
        _ verdict: Judge.Verdict, id: String, url: String, context: JudgingContext, stage: Shared.Stage,
        judging number: Int,
        policyDigest: Digest, evidence: VerdictEvidence, evaluatedAtSeconds: Int64
    ) throws(LedgerRefusal) {
        let window = try verdict.utcWindow
        guard let verdictID = LedgerID(id), let stage = Stage(rawValue: stage.rawValue),
            let evaluatedAt = UTCTime(unixSeconds: max(evaluatedAtSeconds, window.to.unixSeconds))
        else { throw LedgerRefusal(.statement, "the verdict's id, stage or time cannot be signed") }
        self.init(
            subjects: context.spec.subjects,
            configuration: [ResourceDescriptor(name: context.spec.policy, sha256: policyDigest)], url: url,
            verdict: .init(verdict.state), verdictID: verdictID, rollout: context.spec.id, stage: stage,
            look: Look(number: UInt64(verdict.hour), basis: .init(verdict.basis), judging: UInt64(number)),
            window: window, evaluatedAt: evaluatedAt, judge: .ours,
            evidence: ResourceDescriptor(name: VerdictEvidence.manifestName, sha256: evidence.manifestDigest),
            checks: SignedChecks.of(verdict))
    }
}

extension RolloutSpec {
    /// What is rolled out, as statements name it; at most as many as one may have.
    fileprivate var subjects: [ResourceDescriptor] {
        let packages = artifacts.map { ($0.name, $0.sha256) }
        let files = (files ?? []).map { ("file:" + $0.path, $0.sha256) }
        return (packages + files).prefix(LedgerLimits.subjects).compactMap { name, digest in
            Digest(hex: digest).map { ResourceDescriptor(name: name, sha256: $0) }
        }
    }
}
