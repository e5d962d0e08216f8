// Reads perchctl.toml, strictly: unknown members and wrong types are refused with file, line and what to write instead.
// Must never hold a secret: it names files.
import Foundation
import TOMLKit

struct ProfileFile: Equatable, Sendable {
    var profiles: [String: Settings.Partial] = [:]

    private static let members = ["server", "certificate", "key", "ca"]
    /// Far beyond any real file; a wrong path to something huge ends here.
    static let mostBytes = 1 << 20

    /// `$XDG_CONFIG_HOME/perch/perchctl.toml`, else below `$HOME/.config`; a relative XDG_CONFIG_HOME is ignored, as
    /// the XDG Base Directory Specification says.
    static func path(environment: [String: String]) -> String? {
        if let directory = environment["XDG_CONFIG_HOME"], directory.hasPrefix("/") {
            return directory + "/perch/perchctl.toml"
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return home + "/.config/perch/perchctl.toml"
    }

    /// - Returns: `nil` when there is no such file.
    static func read(path: String) throws(Failure) -> ProfileFile? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let bytes = try InputFile.read(path, mostBytes: mostBytes, what: "the profile file")
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure.usage("\(path) is no UTF-8 text", mend: "write it as TOML")
        }
        return try ProfileFile(text, file: path)
    }

    init(profiles: [String: Settings.Partial] = [:]) { self.profiles = profiles }

    init(_ text: String, file: String) throws(Failure) {
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw Failure.usage(
                "\(file):\(error.source.begin.line): is not TOML: \(error.description)", mend: "mend the syntax")
        } catch {
            throw Failure.usage("\(file) is not TOML: \(error)", mend: "mend the syntax")
        }
        for name in table.keys.sorted() where name != "profiles" {
            throw Self.mistake(text, file, name, "is not known here", "write [profiles.NAME] tables only")
        }
        guard let section = table["profiles"] else { return }
        guard let named = section.table else {
            throw Self.mistake(text, file, "profiles", "is no table", "write [profiles.NAME]")
        }
        for name in named.keys.sorted() {
            guard let one = named[name]?.table else {
                throw Self.mistake(text, file, name, "is no table", "write [profiles.\(name)]")
            }
            profiles[name] = try Self.profile(one, name: name, text: text, file: file)
        }
    }

    private static func profile(
        _ table: TOMLTable, name: String, text: String, file: String
    ) throws(Failure) -> Settings.Partial {
        var values: [String: String] = [:]
        for member in table.keys.sorted() {
            guard members.contains(member) else {
                throw mistake(
                    text, file, member, "is not known in a profile", "use \(members.joined(separator: ", "))",
                    below: name)
            }
            guard let value = table[member]?.string, !value.isEmpty else {
                throw mistake(text, file, member, "is no text", "write \(member) = \"…\"", below: name)
            }
            values[member] = value
        }
        let directory = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        func path(_ member: String) -> String? {
            values[member].map { $0.hasPrefix("/") || directory.isEmpty ? $0 : directory + "/" + $0 }
        }
        return Settings.Partial(
            server: values["server"], certificate: path("certificate"), key: path("key"),
            certificateAuthority: path("ca"))
    }

    private static func mistake(
        _ text: String, _ file: String, _ member: String, _ problem: String, _ mend: String, below profile: String = ""
    ) -> Failure {
        let place = line(of: member, below: profile, in: text).map { "\(file):\($0)" } ?? file
        return Failure.usage("\(place): `\(member)` \(problem)", mend: mend)
    }

    /// The parser keeps no positions of members, so the line is looked for: after the profile's own header, if any.
    static func line(of member: String, below profile: String, in text: String) -> Int? {
        var isInside = profile.isEmpty
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let bare = line.filter { $0 != " " && $0 != "\t" && $0 != "\"" && $0 != "'" }
            if bare.hasPrefix("[") {
                isInside = profile.isEmpty || bare.hasPrefix("[profiles.\(profile)]")
                if profile.isEmpty, bare.hasPrefix("[\(member)") || bare.hasPrefix("[profiles.\(member)") {
                    return index + 1
                }
            } else if isInside, bare.hasPrefix("\(member)=") || bare.hasPrefix("\(member).") {
                return index + 1
            }
        }
        return nil
    }
}
