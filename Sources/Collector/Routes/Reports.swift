import FoundationEssentials
import HTTPTypes
import Hummingbird
import Shared

// POST /v1/reports. Refusals come in the order of what they cost: certificate, registry, body, contents, store.
extension API {
    func addReports(to router: Router<PerchRequestContext>) {
        router.post("/v1/reports") { request, context in
            do {
                return try await takeReports(request, context)
            } catch let problem as Problem {
                metrics.count { $0.refusedPosts[problem.code.rawValue, default: 0] += 1 }
                throw problem
            }
        }
    }

    private func takeReports(_ request: Request, _ context: PerchRequestContext) async throws(Problem) -> Answer {
        _ = try Query(request)
        guard context.caller.kind == .agent else {
            throw Problem(.notGranted, "only an agent's certificate may send reports")
        }
        let host = context.caller.name
        switch await registry.standing(host) {
        case .refused(let problem): throw problem
        case .unknown(let isListed):
            if !isListed { try await listAsWaiting(host, request, context) }
            throw HostRegistry.unknown(host)
        case .readable: break
        }
        if committer.isFull {
            metrics.count { $0.overloads += 1 }
            throw Problem(.overloaded, "too many reports wait for the store")
        }
        let reports = try await decoded(request)
        let received = clock.nowMicroseconds()
        try await checkSender(reports, host, context, received)
        let batch = try batch(reports, context.address, received)
        let outcomes = try await committer.submit(batch)
        note(batch, outcomes)
        try await refuseConflicts(batch, outcomes, host, context)
        return try Self.acknowledgement(batch)
    }

    private func decoded(_ request: Request) async throws(Problem) -> [DecodedReport] {
        let body = try await request.bytes(limitBytes: Limits.bodyBytes, mediaTypes: [Decode.mediaType]).bytes
        return try Decode.batch(body.readableBytesView, encoding: request.headers[.contentEncoding])
    }

    /// A host that nobody registered: its machine-id helps the operator to tell it from an impostor.
    private func listAsWaiting(
        _ host: String, _ request: Request, _ context: PerchRequestContext
    ) async throws(Problem) {
        let report = try? await decoded(request).last?.report
        let digest = report.flatMap { $0.host == host ? Array($0.machineIDDigest) : nil }
        try await registry.noteWaiting(host, address: context.address, machineIDDigest: digest ?? [])
    }

    private func checkSender(
        _ reports: [DecodedReport], _ host: String, _ context: PerchRequestContext, _ now: UInt64
    ) async throws(Problem) {
        for (index, item) in reports.enumerated() where item.report.host != host {
            await security.note(
                event(
                    .wrongHost, host, context, "a report speaks for \(item.report.host.prefix(Limits.hostBytes))", now))
            throw Problem(.wrongHost, "reports[\(index)].host: is not the host of the certificate")
        }
        for machine in Set(reports.map { Array($0.report.machineIDDigest) }) {
            let knock = Host.Knock(
                machineIDDigest: machine, address: context.address, caller: context.caller.description)
            do throws(HostRegistry.Refusal) {
                try await registry.admit(host, knock)
            } catch {
                if let kind = error.event { await security.note(event(kind, host, context, error.problem.detail, now)) }
                throw error.problem
            }
        }
    }

    private func batch(
        _ reports: [DecodedReport], _ address: String, _ received: UInt64
    ) throws(Problem) -> Committer.Batch {
        let skews = latest.skews(of: reports.map(\.report), receivedMicroseconds: received)
        var batch = Committer.Batch(rows: [], reports: [])
        for (item, skew) in zip(reports, skews) {
            do throws(Compression.Failure) {
                batch.rows.append(
                    try ReportRow(
                        item.report, bytes: item.bytes, receivedMicroseconds: received, skewMicroseconds: skew))
            } catch {
                throw Problem(.overloaded, "no memory to keep the report")
            }
            batch.reports.append(
                CommittedReport(
                    report: item.report, receivedMicroseconds: received, skewMicroseconds: skew, address: address))
        }
        return batch
    }

    private func note(_ batch: Committer.Batch, _ outcomes: [CommitOutcome]) {
        let stored = zip(batch.reports, outcomes).filter { $0.1 == .stored }
        guard let last = stored.last?.0 else { return }
        latest.note(
            last.report, skewMicroseconds: last.skewMicroseconds, receivedMicroseconds: last.receivedMicroseconds)
    }

    private func refuseConflicts(
        _ batch: Committer.Batch, _ outcomes: [CommitOutcome], _ host: String, _ context: PerchRequestContext
    ) async throws(Problem) {
        guard let index = outcomes.firstIndex(of: .conflict) else { return }
        let row = batch.rows[index]
        await security.note(
            event(
                .sequenceConflict, host, context, "sequence \(row.sequence) came again with other content",
                row.receivedMicroseconds))
        throw Problem(
            .sequenceConflict, "reports[\(index)].sequence: \(row.sequence) of this run is stored with other content")
    }

    private func event(
        _ kind: SecurityEvent.Kind, _ host: String, _ context: PerchRequestContext, _ detail: String, _ now: UInt64
    ) -> SecurityEvent {
        SecurityEvent(
            kind: kind, atMicroseconds: now, host: host, caller: context.caller.description, address: context.address,
            detail: detail)
    }

    private static func acknowledgement(_ batch: Committer.Batch) throws(Problem) -> Answer {
        var highest: [[UInt8]: UInt64] = [:]
        for row in batch.rows { highest[row.runID] = max(highest[row.runID] ?? 0, row.sequence) }
        var ack = Ack()
        ack.runs = highest.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { run, sequence in
            var part = RunAck()
            part.runID = Data(run)
            part.committed = sequence
            return part
        }
        do {
            return Answer(
                headers: [.contentType: Decode.mediaType, .cacheControl: "no-store"], body: try ack.serializedBytes())
        } catch {
            throw Problem(.internalError, "the acknowledgement could not be written")
        }
    }
}
