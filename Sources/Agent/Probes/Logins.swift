// Who came onto the host, from the journal: sshd's accepted credentials, logind's sessions, sudo and su. Anyone may
// write a message or a message id, so what is believed hangs on journald's own fields; a forged line must never become
// a login, nor hide one. What leaves no such line (consoles without pam_systemd, `docker exec`) does not show here.
import Terms

enum Logins {
    private static let sessionStart = "8d45620c1a4348dbb17410da57c60c66"
    private static let sessionEnd = "3354939424b4456d9802ca8333ed424a"

    static func login(_ entry: JournalEntry) -> LoginSample? {
        if entry.uid == 0, entry.systemdUnit == "systemd-logind.service" { return session(entry) }
        // `sshd-session` since OpenSSH 9.8.
        if entry.uid == 0, entry.command == "sshd" || entry.command == "sshd-session", isSSH(entry.systemdUnit) {
            return accepted(entry)
        }
        switch entry.executable {
        case "/usr/bin/sudo", "/bin/sudo": return sudo(entry)
        case "/usr/bin/su", "/bin/su": return su(entry)
        default: return nil
        }
    }

    private static func isSSH(_ unit: String?) -> Bool {
        guard let unit else { return false }
        // `ssh@….service`: one unit for each connection, started by a socket.
        return unit == "ssh.service" || unit == "sshd.service"
            || (unit.hasSuffix(".service") && (unit.hasPrefix("ssh@") || unit.hasPrefix("sshd@")))
            || (unit.hasSuffix(".scope") && unit.hasPrefix("session-"))
    }

    private static func session(_ entry: JournalEntry) -> LoginSample? {
        let kind: LoginSample.Kind
        switch entry.messageID {
        case sessionStart: kind = .sessionStart
        case sessionEnd: kind = .sessionEnd
        default: return nil
        }
        guard let user = entry.userID, let session = entry.sessionID else { return nil }
        return sample(kind, entry, user: user, session: session)
    }

    /// `Accepted METHOD for USER from ADDRESS port N ssh2[: TYPE FINGERPRINT …]` (OpenSSH auth.c, auth_log).
    private static func accepted(_ entry: JournalEntry) -> LoginSample? {
        guard let rest = entry.message?.dropping("Accepted ") else { return nil }
        let words = rest.split(separator: UInt8(ascii: " "), maxSplits: 64).map(\.string)
        guard words.count >= 7, words[1] == "for" else { return nil }
        // A user's name may hold anything but the sequence that follows it.
        for index in 3..<words.count - 4 where words[index] == "from" {
            guard words[index + 2] == "port", UInt16(words[index + 3]) != nil, words[index + 4].hasPrefix("ssh2") else {
                continue
            }
            let key = words[(index + 5)...].first { $0.hasPrefix("SHA256:") || $0.hasPrefix("MD5:") } ?? ""
            return sample(
                .accepted, entry, user: words[2..<index].joined(separator: " "), source: words[index + 1],
                method: words[0], key: key)
        }
        return nil
    }

    /// `USER : TTY=… ; PWD=… ; USER=… ; COMMAND=…`; a refusal has words before its first assignment.
    private static func sudo(_ entry: JournalEntry) -> LoginSample? {
        guard let message = entry.message, let rest = message.after(" : ") else { return nil }
        let user = ProcText.label(message.prefix(message.count - rest.count - 3))
        let key = rest.prefix { (65...90).contains($0) }
        guard !user.isEmpty, !key.isEmpty, rest.dropFirst(key.count).first == UInt8(ascii: "="),
            rest.holds("COMMAND=")
        else { return nil }
        return sample(.elevation, entry, user: user, method: "sudo", session: entry.session ?? "")
    }

    /// `(to TARGET) USER on TTY` (util-linux su-common.c); a refusal begins with FAILED.
    private static func su(_ entry: JournalEntry) -> LoginSample? {
        guard let rest = entry.message?.dropping("(to "), let user = rest.after(") ") else { return nil }
        let words = user.split(separator: UInt8(ascii: " "), maxSplits: 8).map(\.string)
        guard words.count >= 3, words[1] == "on" else { return nil }
        return sample(.elevation, entry, user: words[0], method: "su", session: entry.session ?? "")
    }

    private static func sample(
        _ kind: LoginSample.Kind, _ entry: JournalEntry, user: String, source: String = "", method: String = "",
        key: String = "", session: String = ""
    ) -> LoginSample {
        func label(_ text: String) -> String {
            ProcText.cut(ProcText.label(Array(text.utf8)[...]), limitBytes: Limits.labelBytes)
        }
        return LoginSample(
            kind: kind, timeMicroseconds: entry.timeMicroseconds, user: label(user), source: label(source),
            method: label(method), keyFingerprint: label(key), session: label(session))
    }
}
