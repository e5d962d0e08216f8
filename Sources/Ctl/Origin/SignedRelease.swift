// A repository's InRelease file: signed by a pinned key, or not believed. Must never look at anything but the text that
// the signature covers.
import Foundation
import Ledger

struct SignedRelease {
    let origin: String
    let suite: String
    /// RFC 3339; `nil`: the repository names no end.
    let validUntil: String?
    let signedBy: String
    /// SHA-256 of the signed file, hex.
    let digest: String
    /// SHA-256 and size by path below the suite's folder.
    let files: [String: (sha256: String, size: Int)]

    /// - Parameter keys: fingerprints of keys that may sign, hex.
    /// - Throws: `Failure`, saying which signature was found.
    init(file: URL, keyring: String, keys: [String]) throws {
        let text = FileManager.default.temporaryDirectory.appending(path: "perchctl-release-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: text) }
        guard let signed = try? Data(contentsOf: file) else {
            throw Failure.usage("\(file.path) cannot be read", mend: "check --repository and --suite")
        }
        let checked = try Tool.run(
            "gpgv", ["--status-fd", "1", "--keyring", keyring, "--output", text.path, file.path])
        let status = String(decoding: checked.bytes, as: UTF8.self).split(separator: "\n")
        signedBy = try Self.signer(status, keys, file: file, errors: checked.errors)
        guard let covered = try? String(contentsOf: text, encoding: .utf8) else {
            throw Failure.usage("\(file.path) has no readable text under its signature", mend: "fetch it again")
        }
        let fields = DebianFields(covered).paragraphs.first ?? [:]
        origin = fields["Origin"] ?? ""
        suite = fields["Suite"] ?? fields["Codename"] ?? ""
        validUntil = try fields["Valid-Until"].map { try Self.time($0, file: file) }
        digest = Digest(of: signed).description
        var files: [String: (sha256: String, size: Int)] = [:]
        for line in (fields["SHA256"] ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, let size = Int(words[1]) else { continue }
            files[String(words[2])] = (String(words[0]), size)
        }
        self.files = files
        guard !origin.isEmpty, !files.isEmpty else {
            throw Failure.usage(
                "\(file.path) names no Origin or no SHA256 list", mend: "let the repository's tool write both")
        }
    }

    /// A good signature by a pinned key, and no bad one.
    private static func signer(
        _ status: [Substring], _ keys: [String], file: URL, errors: String
    ) throws -> String {
        func lines(_ word: String) -> [[Substring]] {
            status.filter { $0.hasPrefix("[GNUPG:] \(word) ") }.map { $0.split(separator: " ") }
        }
        guard lines("BADSIG").isEmpty else {
            throw Failure.usage("\(file.path) has a bad signature", mend: "do not use this repository")
        }
        let pinned = Set(keys.map { $0.uppercased().filter { !$0.isWhitespace } })
        let signers = lines("VALIDSIG").flatMap { words in [words[2], words[words.count - 1]].map(String.init) }
        guard let signer = signers.first(where: pinned.contains) else {
            let found = signers.isEmpty ? "none" : signers.joined(separator: ", ")
            throw Failure.usage(
                "\(file.path) is signed by no pinned key; valid signatures: \(found)",
                mend: "check --keyring and --signed-by",
                details: errors.split(separator: "\n").map { Printable.line(String($0)) })
        }
        return signer
    }

    /// RFC 5322, as Debian writes it.
    private static func time(_ text: String, file: URL) throws -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "EEE, d MMM yyyy HH:mm:ss zzz"
        guard let date = formatter.date(from: text) else {
            throw Failure.usage(
                "\(file.path): Valid-Until is no time: \(Printable.line(text))", mend: "mend the repository")
        }
        return date.formatted(.iso8601)
    }
}

/// Debian's control format: paragraphs of fields, continued on lines that begin with a space (deb-control(5)).
struct DebianFields {
    let paragraphs: [[String: String]]

    init(_ text: String) {
        var paragraphs: [[String: String]] = []
        var fields: [String: String] = [:]
        var last = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy(\.isWhitespace) {
                if !fields.isEmpty { paragraphs.append(fields) }
                (fields, last) = ([:], "")
            } else if line.first == " " || line.first == "\t" {
                fields[last, default: ""] += "\n" + line.drop { $0.isWhitespace }
            } else if let colon = line.firstIndex(of: ":") {
                last = String(line[..<colon])
                fields[last] = String(line[line.index(after: colon)...].drop { $0.isWhitespace })
            }
        }
        if !fields.isEmpty { paragraphs.append(fields) }
        self.paragraphs = paragraphs
    }
}
