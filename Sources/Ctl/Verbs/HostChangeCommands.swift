// `perchctl host retire`, `ban` and `unban`: a host leaves the fleet, is shut out, or may come back. Must never do so
// without a reason.
import ArgumentParser
import Shared

struct RetireHost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire", abstract: "End a host's life for good: its name is never used again.",
        discussion: "Example: perchctl host retire db-7 --reason \"shut down after the roll-out\"")

    @OptionGroup var change: HostChangeOptions
    func run() async throws { try await change.send("retire") }
}

struct BanHost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ban", abstract: "Shut a host out at once, whatever certificate it shows.",
        discussion: """
            Example: perchctl host ban db-7 --since 2026-11-20T08:00:00Z --reason "its key was found on another machine"

            What it reported since then is taken out of every running roll-out's evidence: those are judged again from \
            their start, and the next verdict supersedes the last one. Only an approver may do this.
            """)

    @OptionGroup var change: HostChangeOptions
    @Option(help: ArgumentHelp("From when on its reports are not to be trusted.", valueName: "time in UTC"))
    var since: Moment?
    func run() async throws { try await change.send("ban", since: since?.text) }
}

struct UnbanHost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unban", abstract: "Lift a ban: the host waits for an operator to register it again.",
        discussion: "Example: perchctl host unban db-7 --reason \"it was installed anew\"")

    @OptionGroup var change: HostChangeOptions
    func run() async throws { try await change.send("unban") }
}

struct HostChangeOptions: ParsableArguments {
    @Argument(help: "Name of the host.")
    var host: Name
    @Option(help: "Why, for the record.")
    var reason: String
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        if reason.isEmpty || reason.utf8.count > 2000 { throw ValidationError("--reason takes 1 to 2000 bytes") }
    }

    func send(_ verb: String, since: String? = nil) async throws {
        let body = try Client.json(HostChangeRequest(reason: reason, since: since))
        try await Client.with(try connection.settings()) { client in
            let answer = try await client.sendRepeating(
                .init(method: .post, path: ["hosts", host.text, verb], body: body))
            if connection.json { return Console.standard.json(answer.body) }
            let view = try client.decode(HostView.self, from: answer)
            Console.standard.line("\(Printable.line(view.host)) is \(view.state.rawValue)")
        }
    }
}
