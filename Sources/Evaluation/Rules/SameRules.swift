import Evidence
import Policy

/// Files that the policy lists are as the roll-out says; where it says nothing, as on the first new host that shows
/// them.
struct ConfigDigestRule: Sendable {
    static let samplesToFail: UInt64 = 3
    private var wrong: [String: UInt64] = [:]
    private var hasAnswered = false

    mutating func judge(_ block: HostBlock, _ context: RuleContext) -> RuleFinding? {
        let paths = context.policy.configFiles
        guard !paths.isEmpty else { return .pass }
        guard block.files.samples > 0 else {
            return hasAnswered ? nil : RuleFinding(state: .unknown, fact: "no digest of a watched file has come yet")
        }
        hasAnswered = true
        return paths.reduce(.pass) { $0.worse(compare($1, block, context)) }
    }

    private mutating func compare(_ path: String, _ block: HostBlock, _ context: RuleContext) -> RuleFinding {
        guard let file = block.files.seen.first(where: { $0.path == path }) else {
            return RuleFinding(state: .unknown, fact: "\(path) is not among the files that the agent watches here")
        }
        if let cause = file.cause { return RuleFinding(state: .unknown, fact: "\(path) is \(cause.rawValue)") }
        let wanted = context.files[path] ?? context.firstDigests[path]?.digest
        guard let wanted, wanted != file.digest else {
            wrong[path] = nil
            return .pass
        }
        wrong[path, default: 0] += file.samples
        let isLasting = wrong[path] ?? 0 >= Self.samplesToFail
        let whose = context.files[path] != nil ? "the roll-out's" : "that on \(context.firstDigests[path]?.host ?? "")"
        return RuleFinding(
            state: isLasting ? .fail : .attention,
            fact: "\(path) differs from \(whose): \(file.digest.prefix(12))… instead of \(wanted.prefix(12))…")
    }
}

/// Whether the machines can be compared at all. It never fails: much stolen CPU time withholds PASS, the rest is shown.
struct SidesEqualRule: Sendable {
    private var recent: [(stolen: UInt64, total: UInt64)] = []
    private var machine = MachineFact()

    mutating func judge(_ block: HostBlock, _ context: RuleContext) -> RuleFinding? {
        machine.merge(block.machine)
        if let stolen = block.machine.stolenMicroseconds, let total = block.machine.totalMicroseconds {
            recent.append((stolen, total))
            if recent.count > RuleContext.blocksPerHour { recent.removeFirst() }
        }
        let steal = Self.permille(recent.reduce(0) { $0 + $1.stolen }, of: recent.reduce(0) { $0 + $1.total })
        if steal > UInt64(context.policy.stealLimitPermille) {
            return RuleFinding(
                state: .attention, fact: "\(steal / 10) % of the CPU time was stolen in the last hour of blocks")
        }
        let differences = context.oldMachines.sorted { $0.key < $1.key }
            .flatMap { host, old in machine.differences(to: old).map { "\($0) on \(host)" } }
        return RuleFinding(state: .pass, fact: differences.first.map { "not an equal machine: \($0)" } ?? "")
    }

    private static func permille(_ part: UInt64, of whole: UInt64) -> UInt64 {
        whole == 0 ? 0 : part.multipliedReportingOverflow(by: 1000).partialValue / whole
    }
}

extension MachineFact {
    /// Keeps what is known where a block says nothing.
    mutating func merge(_ newer: MachineFact) {
        cpuCount = newer.cpuCount ?? cpuCount
        memoryBytes = newer.memoryBytes ?? memoryBytes
        cpuModel = newer.cpuModel ?? cpuModel
        kernel = newer.kernel ?? kernel
        stolenMicroseconds = newer.stolenMicroseconds ?? stolenMicroseconds
        totalMicroseconds = newer.totalMicroseconds ?? totalMicroseconds
    }

    /// What confounds a comparison with an old host; the kernel is part of what is tried.
    fileprivate func differences(to old: MachineFact) -> [String] {
        var found: [String] = []
        if let mine = cpuModel, let other = old.cpuModel, mine != other { found.append("CPU \(mine), \(other)") }
        if let mine = cpuCount, let other = old.cpuCount, mine != other { found.append("\(mine) CPUs, \(other)") }
        if let mine = memoryBytes, let other = old.memoryBytes,
            // Kernels reserve a little of the memory, each its own share.
            max(mine, other) - min(mine, other) > max(mine, other) / 50
        {
            found.append("\(mine >> 20) MiB of memory, \(other >> 20)")
        }
        return found
    }
}
