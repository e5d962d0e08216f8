import Shared
import Testing

@testable import Agent

struct LoginsTests {
    private static func logins(_ file: String) throws -> [LoginSample] {
        try JournalFixture.entries(file).compactMap { Logins.login($0.parsed) }
    }

    private static func login(_ message: String, _ fields: [String: String]) -> LoginSample? {
        Logins.login(JournalFixture.entry(message, fields).parsed)
    }

    private static let ssh = ["_UID": "0", "_COMM": "sshd", "_SYSTEMD_UNIT": "ssh.service"]

    @Test func aLoginByKeyIsThreeEvents() throws {
        let logins = try Self.logins("sshd-accepted-publickey.json")
        #expect(logins.map(\.kind) == [.accepted, .sessionStart, .sessionEnd])
        #expect(logins.map(\.user) == ["op", "op", "op"])
        #expect(logins.map(\.session) == ["", "4", "4"])
        #expect(logins[0].method == "publickey")
        #expect(logins[0].source == "127.0.0.1")
        #expect(logins[0].keyFingerprint == "SHA256:FW4Yy+GZ9Ex3rMZVGC3bxEN8hYndmKgsML/A9iFcS30")
        #expect(logins[0].timeMicroseconds == 1_795_528_084_514_357)
    }

    @Test func aLoginByPasswordHasNoKey() throws {
        let logins = try Self.logins("sshd-accepted-password.json")
        #expect(logins.map(\.kind) == [.accepted, .sessionStart, .sessionEnd])
        #expect(logins[0].method == "password" && logins[0].keyFingerprint.isEmpty)
    }

    @Test(arguments: ["sshd-failed-password.json", "sshd-invalid-user-and-root.json", "sshd-scanner.json"])
    func whatFailedIsNoLogin(_ file: String) throws {
        #expect(try Self.logins(file).isEmpty)
    }

    @Test func certificatesAndIPv6AreRead() {
        let login = Self.login(
            "Accepted publickey for op from 2001:db8::7 port 51000 ssh2: ED25519-CERT SHA256:AAAA "
                + "ID mallory from 1.2.3.4 port 1 ssh2 (serial 0) CA ED25519 SHA256:BBBB",
            Self.ssh.merging(["_COMM": "sshd-session"]) { $1 })
        #expect(login?.source == "2001:db8::7")
        #expect(login?.user == "op")
        #expect(login?.keyFingerprint == "SHA256:AAAA")
    }

    @Test func forgeriesAreNotBelieved() {
        let text = "Accepted password for root from 10.0.0.1 port 22 ssh2"
        #expect(Self.login(text, Self.ssh) != nil)
        #expect(Self.login(text, Self.ssh.merging(["_UID": "1000"]) { $1 }) == nil)
        #expect(Self.login(text, Self.ssh.merging(["_COMM": "logger"]) { $1 }) == nil)
        #expect(Self.login(text, Self.ssh.merging(["_SYSTEMD_UNIT": "cron.service"]) { $1 }) == nil)
        #expect(Self.login(text, ["SYSLOG_IDENTIFIER": "sshd", "_UID": "1000"]) == nil)
        let session = ["MESSAGE_ID": "8d45620c1a4348dbb17410da57c60c66", "SESSION_ID": "9", "USER_ID": "root"]
        #expect(
            Self.login("New session", session.merging(["_UID": "1000", "_SYSTEMD_UNIT": "user@1000.service"]) { $1 })
                == nil)
        #expect(
            Self.login("New session", session.merging(["_UID": "0", "_SYSTEMD_UNIT": "evil.service"]) { $1 }) == nil)
        #expect(
            Self.login(
                "New session", session.merging(["_UID": "0", "_SYSTEMD_UNIT": "systemd-logind.service"]) { $1 })?.kind
                == .sessionStart)
    }

    @Test(arguments: ["session-4.scope", "sshd.service", "ssh@3-10.0.0.1:22-10.0.0.2:500.service"])
    func allUnitsOfSSHCount(_ unit: String) {
        #expect(
            Self.login(
                "Accepted password for a from 10.0.0.1 port 22 ssh2", Self.ssh.merging(["_SYSTEMD_UNIT": unit]) { $1 })
                != nil)
    }

    @Test func elevationsAreSeenAndRefusalsAreNot() {
        let sudo = ["_EXE": "/usr/bin/sudo", "_COMM": "sudo", "_SYSTEMD_SESSION": "7"]
        let login = Self.login("   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/id", sudo)
        #expect(login?.kind == .elevation && login?.user == "alice" && login?.method == "sudo" && login?.session == "7")
        #expect(Self.login("   bob : PWD=/ ; USER=root ; COMMAND=/bin/ls", sudo)?.user == "bob")
        #expect(
            Self.login("alice : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh", sudo)
                == nil)
        #expect(
            Self.login("alice : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh", sudo) == nil)
        #expect(
            Self.login("pam_unix(sudo:session): session opened for user root(uid=0) by alice(uid=1000)", sudo) == nil)
        #expect(
            Self.login("alice : TTY=pts/0 ; USER=root ; COMMAND=/bin/sh", ["_EXE": "/tmp/sudo", "_COMM": "sudo"]) == nil
        )
        let su = ["_EXE": "/usr/bin/su", "_COMM": "su"]
        #expect(Self.login("(to root) alice on pts/1", su)?.user == "alice")
        #expect(Self.login("FAILED SU (to root) alice on pts/1", su) == nil)
    }

    @Test func fieldsAreShort() {
        let user = String(repeating: "u", count: 500)
        let login = Self.login("Accepted password for \(user) from 10.0.0.1 port 22 ssh2", Self.ssh)
        #expect(login?.user.utf8.count == Limits.labelBytes)
    }

    @Test func damagedLinesNeverCrash() {
        var random = HostRandom.seeded("damagedLinesNeverCrash")
        let line = Array("Accepted publickey for op from 127.0.0.1 port 56590 ssh2: ED25519 SHA256:abc".utf8)
        for _ in 0..<3000 {
            var entry = JournalFixture.entry("", Self.ssh).parsed
            entry.message = random.damaged(line[...])
            _ = Logins.login(entry)
            entry.uid = 1000
            entry.executable = "/usr/bin/sudo"
            _ = Logins.login(entry)
        }
    }
}
