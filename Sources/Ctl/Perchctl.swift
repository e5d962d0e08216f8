// perchctl: every call of the API as a verb, waiting at gates, and judging recorded data without a server. The one
// place where an error becomes a message and an exit code; must never end with 0 after an error.
import ArgumentParser
import Foundation

@main
struct Perchctl: AsyncParsableCommand {
    static let version = "1.0.0"

    static let configuration = CommandConfiguration(
        commandName: "perchctl",
        abstract: "Ask Perch whether the new servers are as good as the old ones, and go on or back.",
        discussion: """
            Example: perchctl gate 2026-11-redis-tls open --wait 2h

            Whom to ask comes from flags, else from PERCH_SERVER, PERCH_CERTIFICATE, PERCH_KEY and PERCH_CA, else from \
            a profile in $XDG_CONFIG_HOME/perch/perchctl.toml.

            Exit codes: 0 open or done; 1 blocked; 2 still waiting; 3 wrong usage or unreadable input; 4 the collector \
            cannot be reached or does not allow it.
            """,
        version: "perchctl \(version)",
        subcommands: [
            GateCommand.self, RolloutCommand.self, HostCommand.self, AccessCommand.self, OriginCommand.self,
            PolicyCommand.self, TokenCommand.self, AlertCommand.self, JudgeCommand.self, VerifyCommand.self,
            LedgerCommand.self, AuditCommand.self,
        ])

    static func main() async {
        do {
            let command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch let failure as Failure {
            end(failure)
        } catch let error as ClientError {
            end(error.failure)
        } catch let ended as Ended {
            Foundation.exit(ended.status.rawValue)
        } catch {
            end(parserError: error)
        }
    }

    private static func end(_ failure: Failure) -> Never {
        Console.standard.note(failure.description)
        Foundation.exit(failure.status.rawValue)
    }

    /// Help and completion scripts come as errors, too. Wrong usage is 3 here, not the parser's 64.
    private static func end(parserError error: any Error) -> Never {
        let text = fullMessage(for: error)
        guard exitCode(for: error) == .success else {
            try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
            Foundation.exit(ExitStatus.usage.rawValue)
        }
        if !text.isEmpty { Console.standard.line(text) }
        Foundation.exit(ExitStatus.done.rawValue)
    }
}

/// Everything was said; only the exit code is left.
struct Ended: Error, Equatable {
    let status: ExitStatus
}
