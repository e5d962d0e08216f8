// A log line fit to be shown on another machine: passwords, tokens, keys and credentials are blotted out, and what is
// left is short. When in doubt it blots out: a sample that says less costs nothing.

enum Redaction {
    /// What is looked at of a message; a secret beyond it is not shown either.
    static let messageBytes = 1024
    static let blot = "•••"

    static func redacted(_ message: ByteText, limitBytes: Int) -> String {
        var redactor = Redactor()
        var text = ""
        for word in ProcText.label(message.prefix(messageBytes)).split(separator: " ") {
            guard let shown = redactor.shown(word) else { continue }
            if !text.isEmpty { text += " " }
            text += shown
        }
        return ProcText.cut(text, limitBytes: limitBytes)
    }
}

/// Goes over the words of one line; what one word says decides about the next.
private struct Redactor {
    /// Words to come that are secret whatever they look like.
    private var secretWords = 0
    /// Inside a quoted secret, or a block of PEM: everything up to the end is dropped.
    private var dropsUntil: String?
    /// The last word names a secret; `=` or `:` may follow.
    private var isAfterName = false
    /// Redis shows the line of its configuration that it does not like: `>>> 'requirepass foo'`.
    private var isConfigurationLine = false
    private var isInConfigurationLine = false

    /// `nil`: nothing is left of it.
    mutating func shown(_ word: Substring) -> String? {
        if let end = dropsUntil {
            if word.contains(end) { dropsUntil = nil }
            return nil
        }
        if isInConfigurationLine { return nil }
        if word.contains("-----BEGIN") {
            // "-----BEGIN RSA PRIVATE KEY-----" begins, "-----END …" ends, and the words after it are the label's.
            dropsUntil = "-----END"
            secretWords = 0
            return Redaction.blot
        }
        if word == ">>>" {
            isConfigurationLine = true
            return String(word)
        }
        if isConfigurationLine, word.hasPrefix("'") {
            isInConfigurationLine = true
            return word.hasSuffix("'") ? String(word) : word + " " + Redaction.blot + "'"
        }
        return unquoted(word)
    }

    private mutating func unquoted(_ word: Substring) -> String {
        let wasAfterName = isAfterName
        isAfterName = false
        if wasAfterName, word == "=" || word == ":" || word == "=>" {
            secretWords = max(secretWords, 1)
            return String(word)
        }
        if secretWords > 0 {
            secretWords -= 1
            if Self.schemes.contains(word.lowercased()) { secretWords += 1 }
            noteOpenQuote(word)
            return Redaction.blot
        }
        if let text = urlWithoutCredentials(word) { return text }
        if let text = assignment(word) { return text }
        if Self.isRandom(word) { return Redaction.blot }
        // A password of an access control list: `>secret`.
        if word.count > 1, word.hasPrefix(">"), !word.hasPrefix(">>"), !word.hasPrefix(">=") {
            return ">" + Redaction.blot
        }
        let bare = Self.bare(word)
        if word == "AUTH" {
            secretWords = 2
        } else if Self.schemes.contains(bare) || Self.directives.contains(bare)
            || (word.hasPrefix("--") && Self.isSecretName(bare))
        {
            secretWords = 1
        } else {
            isAfterName = Self.isSecretName(bare)
        }
        return String(word)
    }

    /// Words that stand before a secret without any sign between them.
    private static let directives: Set<String> = ["requirepass", "masterauth", "sentinel-pass", "auth-pass"]
    private static let schemes: Set<String> = ["bearer", "basic", "negotiate", "digest"]
    private static let names = [
        "password", "passwd", "passphrase", "passwort", "pwd", "secret", "token", "apikey", "api_key", "api-key",
        "authorization", "credential", "requirepass", "masterauth", "private_key", "privatekey", "access_key",
        "accesskey", "cookie", "session_key",
    ]

    private static func isSecretName(_ text: String) -> Bool {
        guard text.utf8.count <= 64 else { return false }
        if names.contains(where: { text.contains($0) }) { return true }
        let last = text.split { $0 == "-" || $0 == "_" || $0 == "." }.last
        return last == "pass" || last == "auth"
    }

    private static func bare(_ word: Substring) -> String {
        let ends: Set<Character> = ["\"", "'", "{", "}", "(", ")", "[", "]", ",", ";", "-", "`"]
        var text = word
        while let last = text.last, ends.contains(last) { text = text.dropLast() }
        while let first = text.first, ends.contains(first) { text = text.dropFirst() }
        return text.lowercased()
    }

    private mutating func noteOpenQuote(_ value: Substring) {
        guard let quote = value.first, quote == "\"" || quote == "'" else { return }
        if value.dropFirst().firstIndex(of: quote) == nil { dropsUntil = String(quote) }
    }

    /// `scheme://user:password@host/…`
    private func urlWithoutCredentials(_ word: Substring) -> String? {
        var position = word.startIndex
        while position < word.endIndex, !word[position...].hasPrefix("://") { position = word.index(after: position) }
        guard position < word.endIndex else { return nil }
        let start = word.index(position, offsetBy: 3)
        let authority = word[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        // A password may hold a slash that nobody escaped: the last @ of the word counts.
        let end = authority.contains("@") ? authority.lastIndex(of: "@") : word[start...].lastIndex(of: "@")
        guard let at = end else { return nil }
        return word[..<start] + Redaction.blot + word[at...].prefix(128)
    }

    /// `name=value`, `"name":"value"`, any number of them in one word; `nil` without a secret name.
    private mutating func assignment(_ word: Substring) -> String? {
        var result = ""
        var rest = word
        var found = false
        while let sign = rest.firstIndex(where: { $0 == "=" || $0 == ":" }) {
            let name = rest[..<sign]
            result += name + String(rest[sign])
            rest = rest[rest.index(after: sign)...]
            let separators: Set<Character> = ["&", ",", ";", "?", "{"]
            let key = name.split(whereSeparator: { separators.contains($0) }).last ?? ""
            // "pam_unix(sshd:auth):" names no secret.
            guard !key.contains(")"), Self.isSecretName(Self.bare(key)) else { continue }
            found = true
            let value = rest.prefix { $0 != "&" && $0 != "," && $0 != ";" && $0 != "}" }
            if value.isEmpty {
                secretWords = 1
            } else {
                if Self.schemes.contains(Self.bare(value)) { secretWords = 1 }
                noteOpenQuote(value)
                result += Redaction.blot
            }
            rest = rest.dropFirst(value.count)
        }
        return found ? result + rest : nil
    }

    /// Looks like a key or token: a JSON web token, a long mixture of letters and digits, an access key's id.
    private static func isRandom(_ word: Substring) -> Bool {
        guard word.utf8.count >= 20, word.first != "/", !word.hasPrefix("SHA256:") else { return false }
        if word.hasPrefix("eyJ"), word.contains(".") { return true }
        if word.hasPrefix("AKIA") || word.hasPrefix("ASIA") { return true }
        var digits = 0
        var letters = 0
        for byte in word.utf8 {
            switch byte {
            case 48...57: digits += 1
            case 65...90, 97...122: letters += 1
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: ","), UInt8(ascii: "."):
                continue
            default: return false
            }
        }
        return digits > 2 && letters > 2 && digits + letters >= 32
    }
}
