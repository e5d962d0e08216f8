// `perchctl host …`: the registry of hosts. Must show the hosts that wait for registration with what they say of
// themselves, since that is what a person approves.
import ArgumentParser
import Foundation
import Shared

struct HostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "host", abstract: "Look at hosts, register those that wait, and take them out of service.",
        discussion: "Example: perchctl host list",
        subcommands: [ListHosts.self, ShowHost.self, ApproveHost.self, RetireHost.self, BanHost.self, UnbanHost.self])
}

struct ListHosts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List registered hosts, and those that wait for registration.",
        discussion: "Example: perchctl host list --json")

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            let answer = try await client.send(.init(path: ["hosts"]))
            if connection.json { return Console.standard.json(answer.body) }
            let page = try client.decode(HostPage.self, from: answer)
            Console.standard.show(Self.table(page.hosts))
            guard !page.waiting.isEmpty else { return }
            Console.standard.line("")
            Console.standard.show(Self.table(page.waiting))
        }
    }

    static func table(_ hosts: [HostView]) -> Table {
        var table = Table("HOST", "STATE", "LAST REPORT", "INSTANCES", "CLOCK", "AGENT", "TROUBLES")
        for host in hosts {
            table.add([
                Table.Cell(host.host), .word(host.state.rawValue),
                Table.Cell(host.lastReportAt.isEmpty ? "never" : host.lastReportAt), "\(host.instances)",
                "\(host.skewMilliseconds) ms", Table.Cell(host.agentVersion),
                Table.Cell(host.troubles.joined(separator: ", ")),
            ])
        }
        return table
    }

    static func table(_ waiting: [WaitingHost]) -> Table {
        var table = Table("WAITING HOST", "ADDRESS", "FIRST SEEN", "MACHINE-ID DIGEST, AS IT SAYS")
        for host in waiting {
            table.add([
                Table.Cell(host.host), Table.Cell(host.address), Table.Cell(host.firstSeenAt),
                Table.Cell(host.machineIDDigest),
            ])
        }
        return table
    }
}

struct ShowHost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one host: its state, its last report and what it could not measure.",
        discussion: "Example: perchctl host show db-7")

    @Argument(help: "Name of the host.")
    var host: Name
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            let answer = try await client.send(.init(path: ["hosts", host.text]))
            if connection.json { return Console.standard.json(answer.body) }
            Console.standard.show(Self.table(try client.decode(HostView.self, from: answer)))
        }
    }

    static func table(_ host: HostView) -> Table {
        var table = Table("HOST", host.host)
        table.add(["state", .word(host.state.rawValue)])
        table.add(["last report", Table.Cell(host.lastReportAt.isEmpty ? "never" : host.lastReportAt)])
        table.add(["last sequence", Table.Cell(host.lastSequence)])
        table.add(["instances", "\(host.instances)"])
        table.add(["clock", "\(host.skewMilliseconds) ms from the collector's"])
        table.add(["agent", Table.Cell(host.agentVersion)])
        for trouble in host.troubles { table.add(["trouble", Table.Cell(trouble, tone: .doubtful)]) }
        return table
    }
}

struct ApproveHost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Register a host, so that its reports count.",
        discussion: """
            Example: perchctl host approve db-7 --addresses 10.20.0.0/16

            What is given is checked in every report of the host; what is left out is not.
            """)

    @Argument(help: "Name of the host: the last part of the SPIFFE ID in its certificate.")
    var host: Name
    @Option(help: ArgumentHelp("SHA-256 of its machine-id, in lowercase hexadecimal.", valueName: "hex"))
    var machineIdDigest: HexDigest?
    @Option(help: ArgumentHelp("Addresses that it may report from.", valueName: "cidr"))
    var addresses: String?
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let settings = try connection.settings()
        let registration = HostRegistration(machineIDDigest: machineIdDigest?.text, addresses: addresses)
        let body = try Client.json(registration)
        try await Client.with(settings) { client in
            let answer = try await client.sendRepeating(.init(method: .put, path: ["hosts", host.text], body: body))
            if connection.json { return Console.standard.json(answer.body) }
            let view = try client.decode(HostView.self, from: answer)
            Console.standard.line("\(Printable.line(view.host)) is registered, \(view.state.rawValue)")
        }
    }
}
