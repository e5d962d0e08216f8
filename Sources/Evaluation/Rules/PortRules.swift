import Evidence
import Policy

/// Every listening port that is not on loopback is one that the policy lists, or that the old hosts show too, or a
/// Redis user's Redis port. A short-lived port between two samples is not seen.
struct PortAllowlistRule: Sendable {
    /// Consecutive samples after which a foreign port fails.
    static let samplesToFail: UInt64 = 3
    private var runs = RunBook<PortIdentity>()

    private struct PortIdentity: Hashable, Sendable {
        var service: String
        var address: String
        var uid: UInt32
    }

    mutating func judge(_ block: HostBlock, _ context: RuleContext) -> RuleFinding? {
        guard block.ports.samples > 0 else {
            return block.ports.cause.map { RuleFinding(state: .unknown, fact: "the list of ports is \($0.rawValue)") }
        }
        var finding = RuleFinding.pass
        var offending: Set<PortIdentity> = []
        for port in block.ports.seen where !port.isLoopback && !Self.isAllowed(port, block, context) {
            let identity = PortIdentity(service: port.service, address: port.address, uid: port.uid)
            offending.insert(identity)
            let longest = runs.add(identity, port.listening) { $0.continued(from: $1) }
            if longest >= Self.samplesToFail {
                finding = finding.worse(
                    RuleFinding(
                        state: .fail,
                        fact: "\(port.service) on \(port.address), owner uid \(port.uid), is in no allow-list"))
            }
        }
        runs.keepOnly(offending)
        return finding
    }

    private static func isAllowed(_ port: PortFact, _ block: HostBlock, _ context: RuleContext) -> Bool {
        if let list = context.policy.allowedPorts {
            return list.contains { $0.covers(port) } || isClientPort(port, context)
        }
        return context.oldServices.contains(port.service) || isRedis(port, block) || isClientPort(port, context)
    }

    private static func isClientPort(_ port: PortFact, _ context: RuleContext) -> Bool {
        port.transport == "udp" && context.policy.ephemeralPorts.contains(port.port)
    }

    private static func isRedis(_ port: PortFact, _ block: HostBlock) -> Bool {
        port.transport == "tcp" && block.instances.contains { $0.port == port.port && $0.uid == port.uid }
    }
}

extension AllowedPort {
    func covers(_ port: PortFact) -> Bool {
        transport.rawValue == port.transport && ports.contains(port.port) && (uid == nil || uid == port.uid)
    }
}

/// Every port that the policy marks as required listens.
struct PortExpectedRule: Sendable {
    static let samplesToFail: UInt64 = 6
    private var gone: [String: UInt64] = [:]

    mutating func judge(_ block: HostBlock, _ context: RuleContext) -> RuleFinding? {
        let required = (context.policy.allowedPorts ?? []).filter(\.isRequired)
        guard !required.isEmpty else { return .pass }
        guard block.ports.samples > 0 else {
            return block.ports.cause.map { RuleFinding(state: .unknown, fact: "the list of ports is \($0.rawValue)") }
        }
        var finding = RuleFinding.pass
        for expected in required {
            for port in expected.ports {
                let name = "\(expected.transport.rawValue)/\(port)"
                let seen = block.ports.seen.filter { expected.covers($0) && $0.port == port }
                if seen.isEmpty {
                    gone[name, default: 0] += block.ports.samples
                } else {
                    gone[name] = seen.allSatisfy { $0.listening.last == 0 } ? 1 : nil
                }
                if gone[name] ?? 0 >= Self.samplesToFail {
                    finding = finding.worse(RuleFinding(state: .fail, fact: "\(name) is required and does not listen"))
                }
            }
        }
        return finding
    }
}
