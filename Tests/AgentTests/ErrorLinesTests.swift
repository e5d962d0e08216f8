import Shared
import Testing

@testable import Agent

struct ErrorLinesTests {
    private static func errors(_ file: String) throws -> [String] {
        try JournalFixture.entries(file).map(\.parsed).filter(ErrorLines.isError).map { entry in
            let message = entry.message ?? []
            return (RedisLine(message)?.text ?? message).string
        }
    }

    private static func isError(_ message: String, _ fields: [String: String] = [:]) -> Bool {
        ErrorLines.isError(JournalFixture.entry(message, fields).parsed)
    }

    @Test(arguments: [
        ("redis-bgsave-eperm-stdout.json", ["Failed opening the temp RDB file", "Background saving error"]),
        (
            "redis-disk-full-aof-everysec.json",
            ["Short write while", "Write error saving DB", "Background saving error"]
        ),
        ("redis-disk-full-aof-always-exit.json", ["Can't recover from AOF", "redis@6402.service: Failed with result"]),
        ("redis-security-attack.json", ["Possible SECURITY ATTACK"]),
        ("redis-tls-errors.json", ["Error accepting", "Error accepting", "Error accepting"]),
        (
            "redis-bad-config.json",
            ["*** FATAL CONFIG", "redis@6401.service: Failed with", "Failed to start redis@6401"]
        ),
        ("redis-sigkill-restart.json", ["redis@6380.service: Failed with result 'signal'"]),
        (
            "redis-cluster-node-fail.json",
            ["Marking node", "Cluster state changed: fail", "Marking node", "Cluster state changed: fail"]
        ),
        ("redis-start-stop-stdout.json", []), ("redis-start-stop-syslog.json", []),
        ("redis-oom-kill.json", ["redis@6404.service: Failed with result 'signal'"]),
        ("kernel-oom-kill.json", ["Memory cgroup out of memory: Killed process"]),
        ("sshd-failed-password.json", []),
        ("sshd-accepted-publickey.json", ["pam_env(sshd:session): Unable to open env file"]),
    ])
    func realFailuresAreErrorLinesAndNothingElse(_ file: String, _ beginnings: [String]) throws {
        let errors = try Self.errors(file)
        #expect(errors.count == beginnings.count, "\(errors)")
        for (line, beginning) in zip(errors, beginnings) { #expect(line.hasPrefix(beginning), "\(line)") }
    }

    @Test func aTakenPortAndALostReplicaAreErrorLines() throws {
        let bind = try Self.errors("redis-bind-in-use.json")
        #expect(bind.contains { $0.contains("Could not create server TCP listening socket") })
        let replica = try Self.errors("redis-replica-link-down.json")
        #expect(replica.contains { $0.hasPrefix("Error condition on socket for SYNC") })
        #expect(replica.contains { $0.hasPrefix("Connection with replica") })
        let corrupt = try Self.errors("redis-corrupt-aof-base.json")
        #expect(corrupt.contains { $0.hasPrefix("Bad file format") })
    }

    /// Three hundred lines of a crash report: one for the crash, one for the unit's end.
    @Test func aCrashReportCountsOnce() throws {
        let errors = try Self.errors("redis-crash-segv.json")
        #expect(errors.count == 2, "\(errors)")
        #expect(errors[0].contains("crashed by signal"))
    }

    @Test func redisLinesAreTakenApart() throws {
        let line = try #require(RedisLine(Array("300:C 24 Nov 2026 13:46:32.934 # Background saving error".utf8)[...]))
        #expect(line.sign == .warning)
        #expect(line.text.string == "Background saving error")
        for text in [
            "", "300", "300:", "300:Q 24 Nov 2026 13:46:32.934 # x", ":M 24 Nov 2026 13:46:32.934 # x",
            "300:M 24 Nov 2026 13:46:32.934", "300:M 24 Nov 2026 13:46:32.934 #", "300:M 24 Nov 2026 13:46:32.934 ! x",
            "276:signal-handler (1795527992) Received SIGTERM", "300:M  24 Nov 2026 # x",
        ] { #expect(RedisLine(Array(text.utf8)[...]) == nil, "\(text)") }
    }

    @Test func startsAreNoErrorsThoughTheyWarn() {
        #expect(!Self.isError("1:M 24 Nov 2026 13:46:32.934 # WARNING Memory overcommit must be enabled!"))
        #expect(!Self.isError("1:M 24 Nov 2026 13:46:32.934 # Server initialized"))
        #expect(!Self.isError("1:M 24 Nov 2026 13:46:32.934 # Cluster state changed: ok"))
        #expect(!Self.isError("1:M 24 Nov 2026 13:46:32.934 * Connection with replica client id #7 established"))
    }

    @Test func textsAreBelievedOnlyOfTheirSource() {
        #expect(Self.isError("Background saving error", ["_COMM": "redis-server"]))
        #expect(!Self.isError("Background saving error", ["_COMM": "bash"]))
        #expect(!Self.isError("Out of memory: Killed process 1 (x)", ["_TRANSPORT": "stdout", "_UID": "1000"]))
        #expect(Self.isError("Out of memory: Killed process 1 (x)", ["_TRANSPORT": "kernel"]))
        #expect(
            !Self.isError(
                "x.service: Failed with result 'signal'.", ["_UID": "1000", "_SYSTEMD_UNIT": "user@1000.service"]))
        #expect(
            Self.isError(
                "x.service: Failed with result 'core-dump'.", ["_UID": "0", "_PID": "1", "_SYSTEMD_UNIT": "init.scope"])
        )
        #expect(!Self.isError("x.service: Failed with result 'success'.", ["_UID": "0", "_PID": "1"]))
    }

    @Test func priorityThreeAndWorseAlwaysCount() {
        for priority in 0...7 { #expect(Self.isError("x", ["PRIORITY": "\(priority)"]) == (priority <= 3)) }
        #expect(Self.isError("", ["PRIORITY": "3"]))
        #expect(ErrorLines.isError(JournalFixture.entry(nil, ["PRIORITY": "0"]).parsed))
        for odd in ["", "9", "-1", "33", "x"] { #expect(!Self.isError("x", ["PRIORITY": odd])) }
    }

    @Test func oddEntriesAreSurvived() throws {
        for file in ["odd-entries.json", "odd-entries-all.json"] {
            let entries = try JournalFixture.entries(file).map(\.parsed)
            #expect(entries.count == 10)
            #expect(entries.filter(ErrorLines.isError).count == 6)
            #expect(entries.allSatisfy { ($0.message?.count ?? 0) <= JournalEntry.messageBytes })
            #expect(entries[5].message?.string.isEmpty == false)
        }
    }

    @Test func damagedLinesNeverCrash() {
        var random = HostRandom.seeded("damagedLinesNeverCrash")
        let line = Array("300:C 24 Nov 2026 13:46:32.934 # Connection with master lost. crashed by signal: 11".utf8)
        for _ in 0..<3000 {
            var entry = JournalEntry()
            entry.message = random.damaged(line[...])
            entry.command = "redis-server"
            _ = ErrorLines.isError(entry)
        }
    }
}
