import Foundation
import Ledger
import Policy
import Shared
import Synchronization

/// The active policies: the files of one directory, those that two people proposed and approved, and the built-in
/// default. A file wins a name over an approval, and either over the built-in one. A directory with a mistake in it is
/// refused as a whole; what was active stays.
final class PolicyShelf: Sendable {
    struct Entry: Sendable {
        var document: PolicyDocument
        var text: String
        /// SHA-256 of the text, hex: what `sha256sum` prints for the file.
        var digest: String
        var source = PolicyView.Source.file
    }

    struct Unreadable: Error, CustomStringConvertible {
        var description: String
    }

    private struct State {
        var files: [String: Entry]
        /// Of the texts that `files` came from.
        var fingerprint: Digest
        var approved: [String: Entry] = [:]
    }

    /// `nil`: no files.
    private let directory: String?
    private let builtIn: Entry
    private let state: Mutex<State>

    /// - Throws: `Unreadable`, with every mistake by file and line.
    init(directory: String?) throws {
        self.directory = directory
        var builtIn = try Self.entry(Self.builtIn, file: "built-in default")
        builtIn.source = .builtIn
        self.builtIn = builtIn
        let texts = try Self.texts(in: directory)
        state = Mutex(State(files: try Self.load(texts), fingerprint: Self.fingerprint(texts)))
    }

    func policy(named name: String) -> Entry? { active[name] }
    var names: [String] { active.keys.sorted() }

    /// By name.
    var active: [String: Entry] {
        let state = state.withLock { $0 }
        return [builtIn.document.name: builtIn].merging(state.approved) { $1 }.merging(state.files) { $1 }
    }

    func hasFile(named name: String) -> Bool { state.withLock { $0.files[name] != nil } }

    /// Approved policies, by name, in the place of those before.
    func take(approved: [String: Entry]) { state.withLock { $0.approved = approved } }

    /// The files differ from what is in force.
    var isStale: Bool {
        guard let texts = try? Self.texts(in: directory) else { return true }
        return Self.fingerprint(texts) != state.withLock { $0.fingerprint }
    }

    /// - Throws: `Unreadable`; the old set serves on.
    func reload() throws {
        let texts = try Self.texts(in: directory)
        let loaded = try Self.load(texts)
        state.withLock { ($0.files, $0.fingerprint) = (loaded, Self.fingerprint(texts)) }
    }

    static let builtIn = "version: 1\nname: default\n"

    static func entry(_ text: String, file: String) throws(Mistakes) -> Entry {
        Entry(
            document: try PolicyFile.read(text, file: file), text: text, digest: Digest(of: text.utf8).description)
    }

    private static func load(_ texts: [(file: String, text: String)]) throws(Unreadable) -> [String: Entry] {
        var entries: [String: Entry] = [:]
        var problems: [String] = []
        for (file, text) in texts {
            do throws(Mistakes) {
                let entry = try entry(text, file: file)
                let name = entry.document.name
                if entries[name] != nil { problems.append("\(file):1: name: \(name) is defined by another file, too") }
                entries[name] = entry
            } catch {
                problems.append(error.description)
            }
        }
        guard problems.isEmpty else { throw Unreadable(description: problems.joined(separator: "\n")) }
        return entries
    }

    private static func texts(in directory: String?) throws(Unreadable) -> [(file: String, text: String)] {
        guard let directory else { return [] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw Unreadable(description: "\(directory): the directory of policies cannot be read: \(error)")
        }
        var texts: [(file: String, text: String)] = []
        var problems: [String] = []
        for name in names.sorted() where name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            let file = directory + "/" + name
            do {
                texts.append((file, try String(contentsOfFile: file, encoding: .utf8)))
            } catch {
                problems.append("\(file): cannot be read: \(error)")
            }
        }
        guard problems.isEmpty else { throw Unreadable(description: problems.joined(separator: "\n")) }
        return texts
    }

    private static func fingerprint(_ texts: [(file: String, text: String)]) -> Digest {
        Digest(of: texts.flatMap { Digest(of: $0.file.utf8).bytes + Digest(of: $0.text.utf8).bytes })
    }
}
