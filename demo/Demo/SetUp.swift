import Foundation
import Rehearsal
import Shared

/// Everything that plays, started and reporting: what an operator would install, on one machine.
struct SetUp: Sendable {
    let fleet: RedisFleet
    let load: Load
    let collector: CollectorProcess
    let agents: [AgentProcess]
    /// perchctl as the deployment tool, as the operator and as the auditor.
    let tool: Perchctl
    let person: Perchctl
    let auditor: Perchctl

    static func make(in scene: Scene, screen: Screen) async throws -> SetUp {
        let authority = try await CertificateAuthority.create(in: scene)
        let deployer = try await authority.issue(.tool, "deploy")
        let operatorPerson = try await authority.issue(.person, "operator")
        let auditor = try await authority.issue(.person, "auditor")
        screen.say("Certificates    a throw-away authority (openssl, P-256), one SPIFFE ID for each program and person")

        let fleet = try await RedisFleet.start(Cast.stage, in: scene)
        try await Load.preload(fleet)
        screen.say(
            "Redis           \(fleet.servers.count) redis-servers: old-1..3, new-1..3 (healthy), "
                + "bad-1..3 (to be broken)"
        )

        let collector = try await CollectorProcess(
            in: scene, authority: authority, policies: ["demo.yaml": Cast.policy],
            grants: [
                .init(deployer.identity, "deployer"), .init(operatorPerson.identity, "operator"),
                .init(auditor.identity, "auditor"),
            ])
        try await collector.start()
        screen.say("Collector       https://\(collector.address), mutual TLS 1.3")

        let load = Load(Load.spread(fleet, commandsPerSecond: Cast.commandsPerSecond))
        load.start()
        let (low, high) = (Cast.commandsPerSecond.lowerBound, Cast.commandsPerSecond.upperBound)
        screen.say("Load            \(low) to \(high) commands/s on each instance, the same ones to every copy of it")

        var setUp = SetUp(
            fleet: fleet, load: load, collector: collector, agents: [],
            tool: Perchctl(scene, as: deployer, at: collector),
            person: Perchctl(scene, as: operatorPerson, at: collector),
            auditor: Perchctl(scene, as: auditor, at: collector))
        setUp = try await setUp.withAgents(in: scene, authority: authority)
        screen.say(
            "Agents          \(Cast.hosts.count), a report every \(Cast.pace.reportMilliseconds) ms, "
                + "\(1000 / Cast.pace.pingMilliseconds) PINGs a second on each instance")
        return setUp
    }

    private func withAgents(in scene: Scene, authority: CertificateAuthority) async throws -> SetUp {
        var agents: [AgentProcess] = []
        for host in Cast.hosts {
            let approval = try await person.run("host", "approve", host)
            guard approval.isSuccess else {
                throw RehearsalError.ended(
                    program: "perchctl host approve \(host)", how: approval.end.description,
                    lastLines: approval.standardError)
            }
            let agent = try AgentProcess(
                in: scene, host: host, servers: fleet.on(host), pace: Cast.pace, collector: collector,
                credentials: try await authority.issue(.agent, host))
            try agent.start()
            agents.append(agent)
        }
        try await Waiting.untilTrue("the first report of every agent", seconds: 30, everyMilliseconds: 300) {
            if let gone = agents.compactMap(\.program).first(where: { $0.ended != nil }) {
                throw RehearsalError.ended(
                    program: gone.name, how: gone.ended?.description ?? "", lastLines: gone.lastLines())
            }
            let page = try await person.json(HostPage.self, "host", "list")
            return page.hosts.filter { !$0.lastReportAt.isEmpty && $0.instances > 0 }.count == Cast.hosts.count
        }
        return SetUp(
            fleet: fleet, load: load, collector: collector, agents: agents, tool: tool, person: person,
            auditor: auditor)
    }

    /// Ends the load and the agents; the collector stays.
    func endReporting() async {
        await load.stop()
        await withTaskGroup(of: Void.self) { group in
            for agent in agents { group.addTask { await agent.stop() } }
        }
    }

    /// Programs of ours that ended although nobody ended them.
    var casualties: [Program] {
        (agents.compactMap(\.program) + [collector.program].compactMap { $0 }).filter { $0.ended != nil }
    }
}
