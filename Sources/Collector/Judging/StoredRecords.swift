import Foundation
import Shared

/// Our own records as they are stored: JSON with sorted members.
enum StoredJSON {
    static func encoded(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            preconditionFailure("our own records can always be encoded: \(error)")
        }
    }
}

// Roll-outs and verdicts as they are stored, written and read only here.

extension RolloutRow {
    init(_ rollout: Rollout) {
        self.init(
            id: rollout.spec.id, version: rollout.version, createdBy: rollout.createdBy,
            body: StoredJSON.encoded(rollout))
    }
}

extension Rollout {
    /// - Throws: `Damaged` when the stored form cannot be read.
    init(_ row: RolloutRow) throws(JudgingService.Damaged) {
        do {
            self = try JSONDecoder().decode(Rollout.self, from: Data(row.body))
        } catch {
            throw JudgingService.Damaged(description: "the stored roll-out \(row.id) cannot be read: \(error)")
        }
    }
}

extension VerdictRow {
    init(_ view: VerdictView, evaluatedAtMicroseconds: UInt64) {
        self.init(
            id: view.id, rollout: view.rollout, judging: view.judging, hour: view.hour,
            evaluatedAtMicroseconds: evaluatedAtMicroseconds, state: view.verdict.rawValue,
            body: StoredJSON.encoded(view))
    }

    /// - Throws: `Damaged` when the stored form cannot be read.
    func view() throws(JudgingService.Damaged) -> VerdictView {
        do {
            return try JSONDecoder().decode(VerdictView.self, from: Data(body))
        } catch {
            throw JudgingService.Damaged(description: "the stored verdict \(id) cannot be read: \(error)")
        }
    }
}

extension Problem {
    /// A refusal of the store as an answer: a problem passes as it is, anything else is the store's fault.
    init(stored error: any Error) {
        self = error as? Problem ?? Problem(.storageUnavailable, "the store cannot be written at the moment")
    }
}
