import Evidence
import Judge
import Shared

/// What people and tools said that bears on the judging of blocks. All of it carries its time, so that a later word
/// changes nothing about earlier blocks; it is part of a verdict's evidence.
package struct JudgingContext: Codable, Sendable, Equatable {
    package struct StageStart: Codable, Sendable, Equatable {
        package var stage: Stage
        package var atMicroseconds: UInt64

        package init(stage: Stage, atMicroseconds: UInt64) {
            self.stage = stage
            self.atMicroseconds = atMicroseconds
        }
    }

    package struct Move: Codable, Sendable, Equatable {
        package var name: String
        package var atMicroseconds: UInt64

        package init(name: String, atMicroseconds: UInt64) {
            self.name = name
            self.atMicroseconds = atMicroseconds
        }
    }

    /// A time whose blocks count as absent.
    package struct Invalidation: Codable, Sendable, Equatable {
        package var id: String
        /// Empty: all hosts.
        package var host: String
        package var fromMicroseconds: UInt64
        package var toMicroseconds: UInt64

        package init(id: String, host: String, fromMicroseconds: UInt64, toMicroseconds: UInt64) {
            self.id = id
            self.host = host
            self.fromMicroseconds = fromMicroseconds
            self.toMicroseconds = toMicroseconds
        }
    }

    package var spec: RolloutSpec
    /// Blocks from here on are judged.
    package var fromMicroseconds: UInt64
    /// Oldest first.
    package var stages: [StageStart]
    package var moves: [Move]
    package var invalidations: [Invalidation]
    package var records: ApprovedRecords

    package init(
        spec: RolloutSpec, fromMicroseconds: UInt64, stages: [StageStart] = [], moves: [Move] = [],
        invalidations: [Invalidation] = [], records: ApprovedRecords = ApprovedRecords()
    ) {
        self.spec = spec
        self.fromMicroseconds = fromMicroseconds
        self.stages = stages
        self.moves = moves
        self.invalidations = invalidations
        self.records = records
    }

    /// The block in which the judging begins.
    package func startBlock(blockSeconds: Int) -> Int {
        Int(fromMicroseconds / (UInt64(blockSeconds) * 1_000_000))
    }

    /// What a PASS rests on at a time.
    package func basis(atMicroseconds time: UInt64) -> Verdict.Basis {
        if spec.pairs == .none { return .hosts }
        switch stages.last(where: { $0.atMicroseconds <= time })?.stage ?? .mirroring {
        case .mirroring, .open, .rolledBack: return .pairs
        case .migrating, .switched, .retired: return .moved
        }
    }

    /// Names whose move had been reported by then.
    package func moved(beforeMicroseconds time: UInt64) -> Set<String> {
        Set(moves.filter { $0.atMicroseconds < time }.map(\.name))
    }

    /// Blocks of an invalidated time are absent, whatever they hold.
    package func withoutInvalidated(_ blocks: [String: HostBlock]) -> [String: HostBlock] {
        invalidations.isEmpty ? blocks : blocks.mapValues { isInvalidated($0) ? $0.invalidated : $0 }
    }

    private func isInvalidated(_ block: HostBlock) -> Bool {
        let length = UInt64(block.blockSeconds) * 1_000_000
        let start = UInt64(block.index) * length
        return invalidations.contains {
            ($0.host.isEmpty || $0.host == block.host) && $0.fromMicroseconds < start + length
                && start < $0.toMicroseconds
        }
    }
}

extension HostBlock {
    fileprivate var invalidated: HostBlock {
        var block = HostBlock(silent: host, index: index, blockSeconds: blockSeconds)
        block.absence = .invalidated
        return block
    }
}
