import Evidence
import Judge
import Shared

extension LoadDelta {
    /// Differences between two reports of one boot; without an earlier one, gauges alone.
    init(from last: Report?, to report: Report) {
        let readings = report.hostReadings
        if let limit = readings.value(Catalogue.memoryLimit), let free = readings.value(Catalogue.memoryAvailable) {
            memoryUsedBytes = .value(limit - min(free, limit))
        }
        guard let last, last.bootID == report.bootID, report.boottimeUs > last.boottimeUs else { return }
        observedMicroseconds = report.boottimeUs - last.boottimeUs
        busyMicroseconds = [
            Catalogue.cpuUser, Catalogue.cpuNice, Catalogue.cpuSystem, Catalogue.cpuInterrupt,
        ].map { Counter.difference(from: last.hostReadings.reading($0), to: readings.reading($0)) }
            .reduce(.value(0), +)
        netBytes = Self.sum([Catalogue.networkReceived, Catalogue.networkTransmitted], last, report) { $0 != "lo" }
        diskOperations = Self.sum([Catalogue.diskReadOperations, Catalogue.diskWriteOperations], last, report)
        let time = Self.sum([Catalogue.diskReadTime, Catalogue.diskWriteTime], last, report, wraps: true)
        if case .value(let milliseconds) = time {
            let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
            diskMicroseconds = overflow ? .absent(.overflow) : .value(product)
        } else {
            diskMicroseconds = time
        }
    }

    /// Over all labels that both reports have; absent when there are none.
    private static func sum(
        _ measurements: [Measurement], _ last: Report, _ report: Report, wraps: Bool = false,
        where isWanted: (String) -> Bool = { _ in true }
    ) -> Measured<UInt64> {
        var total: Measured<UInt64>?
        for group in report.labelled {
            guard let label = report.name(group.label), isWanted(label), group.reading(measurements[0]) != nil,
                let before = last.labelled.first(where: {
                    last.name($0.label) == label && $0.reading(measurements[0]) != nil
                })
            else { continue }
            for measurement in measurements {
                let change = Counter.difference(
                    from: before.reading(measurement), to: group.reading(measurement), wraps: wraps)
                total = (total ?? .value(0)) + change
            }
        }
        return total ?? .absent(.unsupported)
    }
}

extension LoginFact {
    /// `nil` for kinds of a later version.
    init?(_ login: Perch_V1_Login, shiftedBy microseconds: Int64) {
        let kind: Kind
        switch login.kind {
        case .accepted: kind = .accepted
        case .sessionStart: kind = .sessionStart
        case .sessionEnd: kind = .sessionEnd
        case .elevation: kind = .elevation
        case .unspecified, .UNRECOGNIZED: return nil
        }
        self.init(
            kind: kind, timeSeconds: UInt64(max(0, Int64(clamping: login.timeUs) + microseconds)) / 1_000_000,
            user: login.user, source: login.source, method: login.method, key: login.keyFingerprint,
            session: login.session)
    }
}
