// Server-side command latency: LATENCY HISTOGRAM's cumulative counts as differences between two replies. A count that
// falls, a new run of the server or a first sight gives no difference; it must never be taken for "since zero".
import Terms

struct RedisLatency {
    /// Cumulative counts at the 21 edges, by command.
    typealias Histograms = [String: [UInt64]]

    /// More commands than modules ever brought.
    static let commands = 4096

    private var runID: RedisRunID?
    private var earlier = PackedHistograms()
    private var hasEarlier = false
    private var processed: UInt64 = 0

    /// `[name, [calls, n, histogram_usec, [edge, count, …]], …]`; empty edges are left out by the server.
    /// - Returns: `nil` for anything else.
    static func parse(_ reply: RESPValue) -> Histograms? {
        guard case .array(let items) = reply, items.count.isMultiple(of: 2), items.count <= 2 * commands else {
            return nil
        }
        var found: Histograms = [:]
        for index in stride(from: 0, to: items.count, by: 2) {
            guard let name = text(items[index]), !name.isEmpty, case .array(let members) = items[index + 1],
                let counts = counts(members)
            else { return nil }
            found[name] = counts
        }
        return found
    }

    private static func counts(_ members: [RESPValue]) -> [UInt64]? {
        guard members.count.isMultiple(of: 2) else { return nil }
        for index in stride(from: 0, to: members.count, by: 2) where text(members[index]) == "histogram_usec" {
            guard case .array(let pairs) = members[index + 1], pairs.count.isMultiple(of: 2),
                pairs.count <= 2 * CommandHistogram.edgesMicroseconds.count
            else { return nil }
            var reply: [(edge: UInt64, count: UInt64)] = []
            for position in stride(from: 0, to: pairs.count, by: 2) {
                guard case .integer(let edge) = pairs[position], case .integer(let count) = pairs[position + 1],
                    edge >= 0, count >= 0
                else { return nil }
                reply.append((UInt64(edge), UInt64(count)))
            }
            return CommandHistogram.filled(reply)
        }
        return nil
    }

    private static func text(_ value: RESPValue) -> String? {
        switch value {
        case .bulk(let bytes), .simple(let bytes):
            // As INFO's names are read: the two must meet.
            ProcText.cut(ProcText.label(bytes), limitBytes: Limits.labelBytes)
        case .error, .integer, .array, .null: nil
        }
    }

    /// What happened to each of INFO's commands since the last call. `nil` for a command: reset, or the first sight of
    /// this server; a command that only now ran for the first time has all its counts.
    /// - Throws: `unsupported` when the server keeps no histograms (`latency-tracking no`).
    mutating func differences(
        to current: Histograms, of info: RedisInfo
    ) throws(AbsenceCause) -> [String: [UInt64]] {
        let processedNow = info.reading(Catalogue.redisCommands)?.value ?? 0
        let isSameRun = runID == info.runID
        // CONFIG RESETSTAT keeps the run id; the total of commands falls with the histograms.
        let isReset = !isSameRun || processedNow < processed
        let before = isReset || !hasEarlier ? nil : earlier.unpacked
        runID = info.runID
        processed = processedNow
        // The INFO just before this reply is in it, unless tracking is off; switched off later, it stands still.
        guard let own = current["info"], before?["info"].map({ $0 != own }) ?? true else {
            hasEarlier = false
            throw .unsupported
        }
        var kept = current
        var differences: [String: [UInt64]] = [:]
        let zero = [UInt64](repeating: 0, count: CommandHistogram.edgesMicroseconds.count)
        for command in info.commands {
            guard let before else { break }
            let counts = current[command.name] ?? zero
            differences[command.name] = CommandHistogram.difference(from: before[command.name] ?? zero, to: counts)
        }
        // Ran first between INFO and this reply: it has no place in this sample, its counts belong to the next.
        let known = Set(info.commands.map(\.name))
        if info.truncated == 0 {
            for name in current.keys where !known.contains(name) && !RedisRequest.ownNames.contains(name) {
                kept[name] = before?[name] ?? zero
            }
        }
        earlier.keep(kept)
        hasEarlier = true
        return differences
    }
}
