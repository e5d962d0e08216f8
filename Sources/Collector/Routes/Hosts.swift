import HTTPTypes
import Hummingbird
import Ledger
import Shared

// The host registry: who is in the fleet, who waits, and the operator's and approver's changes.
extension API {
    func addHosts(to router: Router<PerchRequestContext>) {
        router.get("/v1/hosts") { request, context in
            _ = try Query(request)
            try access.require(.readHosts, caller: context.caller)
            return try await Answer.json(hostPage()).tagged(for: request)
        }
        router.get("/v1/hosts/:host") { request, context in
            _ = try Query(request)
            try access.require(.readHosts, caller: context.caller)
            let name = try context.name("host")
            guard let host = await registry.host(name) else {
                throw Problem(.notFound, "there is no host \(name)")
            }
            return try Answer.json(view(host)).tagged(for: request)
        }
        router.put("/v1/hosts/:host") { request, context in
            _ = try Query(request)
            try access.require(.registerHost, caller: context.caller)
            return try await register(request, context)
        }
        addHostChange("retire", .retireHost, to: router) { (host: inout Host, by, reason, now) throws(Problem) in
            try host.retire(by: by, reason: reason, atMicroseconds: now)
        }
        addHostChange("ban", .banHost, to: router) { (host: inout Host, by, reason, now) throws(Problem) in
            try host.ban(by: by, reason: reason, atMicroseconds: now)
        }
        addHostChange("unban", .banHost, to: router) { (host: inout Host, by, reason, now) throws(Problem) in
            try host.liftBan(by: by, reason: reason, atMicroseconds: now)
        }
    }

    private typealias HostChange =
        @Sendable (inout Host, _ by: String, _ reason: String, _ nowMicroseconds: UInt64) throws(Problem) -> Bool

    /// `POST /v1/hosts/{host}/VERB` with an optional body `{"reason": "..."}`. Repeating it is harmless.
    private func addHostChange(
        _ verb: String, _ action: Action, to router: Router<PerchRequestContext>, _ change: @escaping HostChange
    ) {
        router.post("/v1/hosts/:host/\(verb)") { request, context in
            _ = try Query(request)
            try access.require(action, caller: context.caller)
            let name = try context.name("host")
            let body = try await Self.change(request)
            let (by, now) = (context.caller.description, clock.nowMicroseconds())
            let since = try Self.since(body, of: action, now)
            let reason = body.reason ?? ""
            let changed = try await registry.change(name) { (host: inout Host) throws(Problem) in
                try change(&host, by, reason, now)
            }
            // Also when it was banned before: the time may be another.
            if let since { try await judging.distrust(name, since: since, reason: reason, by: by) }
            return try Answer.json(view(changed.host))
        }
    }

    private static func since(_ body: HostChangeRequest, of action: Action, _ now: UInt64) throws(Problem) -> UInt64? {
        guard let text = body.since else { return nil }
        guard action == .banHost, let time = Timestamp.microseconds(text), time < now else {
            throw Problem(.malformed, "since: a ban takes a time that is past, such as 2026-11-20T12:05:00Z")
        }
        return time
    }

    private static func change(_ request: Request) async throws(Problem) -> HostChangeRequest {
        let body = try await request.bytes(limitBytes: 4096, mediaTypes: [])
        guard body.bytes.readableBytes > 0 else { return HostChangeRequest(reason: nil) }
        guard body.mediaType == Answer.jsonType else { throw Problem(.mediaType, "send \(Answer.jsonType) or no body") }
        return try Request.decode(HostChangeRequest.self, from: Array(body.bytes.readableBytesView))
    }

    private func register(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        let name = try context.name("host")
        guard (try? SpiffeID(domain: context.caller.domain, kind: .agent, name: name)) != nil else {
            throw Problem(.malformed, "\(name) can be no host's name: no certificate could carry it")
        }
        let body = try await request.json(HostRegistration.self, limitBytes: 4096).value
        let registration = Host.Registration(
            machineIDDigest: try Self.digest(body.machineIDDigest), addresses: try Self.range(body.addresses))
        let result = try await registry.register(name, registration, by: context.caller.description)
        var answer = try Answer.json(view(result.host), result.isNew ? .created : .ok)
        if result.isNew { answer.headers[.location] = "/v1/hosts/\(name)" }
        return answer
    }

    private static func digest(_ text: String?) throws(Problem) -> [UInt8]? {
        guard let text else { return nil }
        guard let digest = Digest(hex: text.lowercased()) else {
            throw Problem(.malformed, "machine_id_digest: write the 64 hex digits of the SHA-256 of /etc/machine-id")
        }
        return digest.bytes
    }

    private static func range(_ text: String?) throws(Problem) -> AddressRange? {
        guard let text else { return nil }
        guard let range = AddressRange(text) else {
            throw Problem(.malformed, "addresses: write a range such as 10.1.0.0/16, with zero bits behind the prefix")
        }
        return range
    }

    func hostPage() async -> HostPage {
        let hosts = await registry.all
        let waiting = await registry.waitingRows
        return HostPage(
            hosts: hosts.map(view),
            waiting: waiting.map {
                WaitingHost(
                    host: $0.host, address: $0.address, machineIDDigest: Hex.encode($0.machineIDDigest),
                    firstSeenAt: Timestamp.text(microseconds: $0.firstSeenMicroseconds))
            })
    }

    func view(_ host: Host) -> HostView {
        let summary = latest.summary(of: host.name)
        return HostView(
            host: host.name, state: host.state,
            lastReportAt: summary.map { Timestamp.text(microseconds: $0.receivedMicroseconds) } ?? "",
            lastSequence: summary.map { String($0.sequence) } ?? "0", instances: summary?.instances ?? 0,
            skewMilliseconds: Int((summary?.skewMicroseconds ?? 0) / 1000), agentVersion: summary?.agentVersion ?? "",
            troubles: (host.refusal.map { [$0.detail] } ?? []) + (summary?.troubles ?? []))
    }
}
