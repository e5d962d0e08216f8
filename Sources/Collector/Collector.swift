import Glibc
import Logging
import ServiceLifecycle
import Shared

/// `perch-collector`: the central service. Exit codes: 0 after a graceful stop, 1 when the store cannot be opened or
/// something failed while it ran, 2 for a command line or a file that must be mended first.
@main
enum Program {
    static func main() async {
        let arguments: Arguments
        do {
            arguments = try Arguments.parse(Array(CommandLine.arguments.dropFirst()))
        } catch {
            say(error.sentence)
            exit(2)
        }
        switch arguments {
        case .help: print(Arguments.helpText, terminator: "")
        case .version: print("perch-collector \(CollectorVersion.text)")
        case .checkConfiguration(let path): exit(await check(path))
        case .createLedger(let path): exit(await createLedger(path))
        case .run(let path): exit(await run(path))
        }
    }

    private static func check(_ path: String) async -> Int32 {
        do {
            let configuration = try ConfigurationFile.read(path)
            let quiet = Logger(label: "perch-collector") { _ in SwiftLogNoOpLogHandler() }
            _ = try await TLSSource(
                files: configuration.tls, domain: configuration.domain, clock: SystemClock(), logger: quiet)
            _ = try AccessRules(path: configuration.permissions, domain: configuration.domain, logger: quiet)
            _ = try PolicyShelf(directory: configuration.policies)
            if let ledger = configuration.ledger { _ = try LedgerFiles.keys(ledger) }
            _ = try AlertReceivers(configuration.alerts)
            for receiver in configuration.alerts { _ = try AlertPost.tls(receiver) }
            print("\(path): ok")
            return 0
        } catch {
            say("\(error)")
            return 2
        }
    }

    private static func createLedger(_ path: String) async -> Int32 {
        do {
            let configuration = try ConfigurationFile.read(path)
            guard let ledger = configuration.ledger else {
                say("\(path): [ledger] is missing; it names the keys and the checkpoint's file")
                return 2
            }
            let store = try SQLiteStore(path: configuration.storePath)
            print(try await LedgerFiles.create(ledger, store: store), terminator: "")
            try store.close()
            return 0
        } catch let error as StoreError {
            say("\(error)")
            return 1
        } catch {
            say("\(error)")
            return 2
        }
    }

    private static func run(_ path: String) async -> Int32 {
        LoggingSystem.bootstrap { JournalLog(label: $0) }
        let logger = Logger(label: "perch-collector")
        raiseDescriptorLimit()
        let assembly: Assembly
        do {
            assembly = try await Assembly(ConfigurationFile.read(path), clock: SystemClock(), logger: logger)
        } catch let error as StoreError {
            // A full disk may be emptied: not for the configuration to mend.
            logger.critical("\(error)")
            return 1
        } catch {
            logger.critical("\(error)")
            return 2
        }
        logger.notice("perch-collector \(CollectorVersion.text), configuration \(path)")
        var configuration = ServiceGroupConfiguration(
            services: assembly.services(), gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(30)
        do {
            try await ServiceGroup(configuration: configuration).run()
            try assembly.store.close()
        } catch {
            logger.critical("\(error)")
            return 1
        }
        logger.notice("stopped")
        return 0
    }

    /// One connection is one descriptor; the soft limit of 1,024 is for programs that use select(2).
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(resource, &limit)
    }

    private static func say(_ text: String) {
        Array("perch-collector: \(text)\n".utf8).withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

/// The one clock of the program.
struct SystemClock: WallClock {
    func nowMicroseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
    }
}
