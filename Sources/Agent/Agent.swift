// perch-agent's entry: what the command line asks for, with which files, and how it ends. The only place where the
// process exits and where real randomness and the system's clock come in.
import Glibc
import NIOPosix
import NIOSSL
import Terms

@main
enum Agent {
    private static let done: Int32 = 0
    /// It may go better at another try.
    private static let failed: Int32 = 1
    /// Somebody must mend a file first.
    private static let misconfigured: Int32 = 2
    private static let usage: Int32 = 3

    static func main() {
        Footprint.prepare()
        let words = Array(CommandLine.arguments.dropFirst())
        do {
            exit(run(try Arguments(words)))
        } catch {
            say("perch-agent: \(error.sentence)\n")
            exit(usage)
        }
    }

    private static func run(_ arguments: Arguments) -> Int32 {
        switch arguments.action {
        case .printHelp:
            Log.put(Arguments.help, descriptor: 1)
            return done
        case .printVersion:
            Log.put("perch-agent \(AgentVersion.text)\n", descriptor: 1)
            return done
        case .printRedisACL:
            Log.put(RedisACL.line(user: username(arguments)) + "\n", descriptor: 1)
            return done
        case .checkConfiguration: return check(arguments)
        case .once: return once(arguments)
        case .run: return serve(arguments)
        }
    }

    // MARK: --check-config

    private static func check(_ arguments: Arguments) -> Int32 {
        guard let configuration = configuration(arguments.configurationPath) else { return misconfigured }
        guard let collector = configuration.collector else {
            say("\(arguments.configurationPath): [collector] is missing; the agent runs with --once only\n")
            return misconfigured
        }
        guard let credentials = credentials(collector, arguments.configurationPath) else { return misconfigured }
        guard let named = named(configuration, credentials, arguments.configurationPath) else { return misconfigured }
        Log.put(
            "\(arguments.configurationPath): good; host \(named.host), collector \(collector.host):\(collector.port)\n",
            descriptor: 1)
        return done
    }

    /// As the configuration names it; the usual name without one.
    private static func username(_ arguments: Arguments) -> String? {
        guard arguments.hasConfigurationPath || access(arguments.configurationPath, F_OK) == 0 else { return nil }
        return configuration(arguments.configurationPath)?.redis.username
    }

    // MARK: --once

    private static func once(_ arguments: Arguments) -> Int32 {
        var configuration = Configuration(host: "")
        if arguments.hasConfigurationPath || access(arguments.configurationPath, F_OK) == 0 {
            guard let read = self.configuration(arguments.configurationPath) else { return misconfigured }
            configuration = read
        }
        if configuration.host.isEmpty {
            let identity = configuration.collector.flatMap { try? Credentials($0) }?.identity
            configuration.host = identity?.name ?? HostIdentity.networkName()
        }
        guard let mailbox = Mailbox<Message>(), let fleet = RedisFleet(configuration: configuration, root: .host)
        else { return cannotStart() }
        var random = SystemRandomNumberGenerator()
        let once = Once(configuration: configuration, mailbox: mailbox, fleet: fleet, clock: .system)
        Log.put(ReportText.json(once.report(random: &random)), descriptor: 1)
        return done
    }

    // MARK: Service

    private static func serve(_ arguments: Arguments) -> Int32 {
        guard let read = configuration(arguments.configurationPath) else { return misconfigured }
        guard let collector = read.collector else {
            say("\(arguments.configurationPath): [collector] is missing; add it, or look with perch-agent --once\n")
            return misconfigured
        }
        guard let credentials = credentials(collector, arguments.configurationPath),
            let configuration = named(read, credentials, arguments.configurationPath)
        else { return misconfigured }
        let spool: Spool
        do {
            spool = try Spool(directory: configuration.stateDirectory + "/spool", limitBytes: configuration.spoolBytes)
        } catch {
            say("perch-agent: \(error.sentence)\n")
            return failed
        }
        guard let mailbox = Mailbox<Message>(), let fleet = RedisFleet(configuration: configuration, root: .host)
        else { return cannotStart() }
        Termination.arm(waking: mailbox)
        let log = Log(clock: .system)
        warn(of: credentials, log)
        // The main thread becomes the loop that delivery and the service share.
        MultiThreadedEventLoopGroup.withCurrentThreadAsEventLoop { eventLoop in
            var random = SystemRandomNumberGenerator()
            let service = Service(
                configuration: configuration, collector: collector, credentials: credentials, spool: spool,
                mailbox: mailbox, fleet: fleet, eventLoop: eventLoop, clock: .system, log: log, random: &random)
            service.start { isWell in exit(isWell ? done : failed) }
        }
        return failed
    }

    private static func warn(of credentials: Credentials, _ log: Log) {
        let now = Int(Clock.system.wallMicroseconds() / 1_000_000)
        if credentials.expiresSeconds <= now {
            log.line(
                .error, "certificate",
                "the agent's certificate has expired; the collector will refuse it until it is renewed"
                    + " and the agent restarted"
            )
        }
    }

    // MARK: Files

    private static func configuration(_ path: String) -> Configuration? {
        do {
            return try ConfigurationFile.read(path)
        } catch {
            for mistake in error.mistakes { say("\(mistake)\n") }
            return nil
        }
    }

    private static func credentials(_ collector: Configuration.Collector, _ path: String) -> Credentials? {
        do {
            return try Credentials(collector)
        } catch {
            say("\(path): collector.\(error.key): \(error.sentence)\n")
            return nil
        }
    }

    /// The certificate decides what the host is called; another name in the file would be refused for ever.
    private static func named(
        _ configuration: Configuration, _ credentials: Credentials, _ path: String
    ) -> Configuration? {
        var configuration = configuration
        let name = credentials.identity.name
        if configuration.host.isEmpty { configuration.host = name }
        guard configuration.host == name else {
            say(
                "\(path): host is \"\(configuration.host)\" but the certificate is for "
                    + "\(credentials.identity); remove host, or install this host's certificate\n"
            )
            return nil
        }
        guard let collector = configuration.collector, let peer = try? SpiffeID(collector.spiffeID),
            peer.domain == credentials.identity.domain
        else {
            say(
                "\(path): collector.spiffe_id is not of the certificate's domain "
                    + "\(credentials.identity.domain)\n"
            )
            return nil
        }
        return configuration
    }

    private static func cannotStart() -> Int32 {
        say("perch-agent: cannot start: \(SystemError.text(errno))\n")
        return failed
    }

    private static func say(_ text: String) { Log.put(text, descriptor: 2) }
}
