import FoundationEssentials
import TOMLKit

/// A mistake in one of the collector's own files: where, what, and how to mend it.
struct FileMistake: Error, Sendable, Equatable, CustomStringConvertible {
    var file: String
    var line: Int
    var sentence: String

    var description: String { "\(file):\(line): \(sentence)" }
}

struct FileMistakes: Error, Sendable, Equatable, CustomStringConvertible {
    /// At least one, in the order of the lines.
    var all: [FileMistake]

    var description: String { all.map(\.description).joined(separator: "\n") }
}

/// A TOML file read strictly: what nobody asked for, a wrong type or an impossible value is a mistake with its line. It
/// reads on after a mistake, so that a person sees all of them at once.
final class TOMLDocument {
    private static let largestBytes = 1 << 20
    private static let mostMistakes = 100

    let file: String
    private let root: TOMLTable
    private let lines: [String: Int]
    private var mistakes: [FileMistake] = []

    /// - Throws: `FileMistakes` when it cannot be read or is no TOML.
    convenience init(path: String) throws {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw FileMistakes(all: [
                FileMistake(file: path, line: 1, sentence: "cannot be read; does it exist, and may this user read it?")
            ])
        }
        guard data.count <= Self.largestBytes, let text = String(validating: data, as: UTF8.self) else {
            throw FileMistakes(all: [
                FileMistake(file: path, line: 1, sentence: "is no UTF-8 text of at most \(Self.largestBytes) bytes")
            ])
        }
        try self.init(text: text, file: path)
    }

    init(text: String, file: String) throws {
        self.file = file
        lines = Self.lines(of: text)
        do {
            root = try TOMLTable(string: text)
        } catch {
            let known = error as? TOMLParseError
            throw FileMistakes(all: [
                FileMistake(
                    file: file, line: known?.source.begin.line ?? 1,
                    sentence: "is no TOML: \(known?.description ?? "\(error)")")
            ])
        }
    }

    var top: TOMLSection { TOMLSection(root, path: "", document: self) }

    func note(_ path: String, _ sentence: String) {
        guard mistakes.count < Self.mostMistakes else { return }
        mistakes.append(FileMistake(file: file, line: line(of: path), sentence: sentence))
    }

    /// - Throws: `FileMistakes` if anything was noted.
    func finish() throws(FileMistakes) {
        guard mistakes.isEmpty else { throw FileMistakes(all: mistakes.sorted { $0.line < $1.line }) }
    }

    /// Of the nearest section around it when the key itself is not found.
    private func line(of path: String) -> Int {
        var path = path
        while true {
            if let line = lines[path] { return line }
            guard let end = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return 1 }
            path = String(path[..<end])
        }
    }

    /// TOMLKit forgets where a value stood; this finds the keys again by looking at the beginnings of lines.
    private static func lines(of text: String) -> [String: Int] {
        var found: [String: Int] = [:]
        var counts: [String: Int] = [:]
        var section = ""
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let bare = trimmed(line)
            if bare.hasPrefix("[["), let end = bare.firstIndex(of: "]") {
                let name = String(trimmed(bare[..<end].dropFirst(2)))
                section = "\(name)[\(counts[name, default: 0])]"
                counts[name, default: 0] += 1
                found[section] = index + 1
            } else if bare.hasPrefix("["), !bare.contains("="), let end = bare.firstIndex(of: "]") {
                section = String(trimmed(bare[..<end].dropFirst()))
                found[section] = found[section] ?? index + 1
            } else if let equals = bare.firstIndex(of: "=") {
                let key = String(trimmed(bare[..<equals]))
                let path = section.isEmpty ? key : "\(section).\(key)"
                found[path] = found[path] ?? index + 1
            }
        }
        return found
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\"" }
        var text = text.drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }
}

/// One table of a document. Each key is asked for by name and type; `finish` refuses the rest.
struct TOMLSection {
    private let table: TOMLTable
    private let path: String
    private let document: TOMLDocument
    private var asked: [String] = []

    init(_ table: TOMLTable, path: String, document: TOMLDocument) {
        self.table = table
        self.path = path
        self.document = document
    }

    func note(_ key: String, _ sentence: String) { document.note(full(key), "\(full(key)) \(sentence)") }

    mutating func string(_ key: String) -> String? { value(key, "a text in quotation marks") { $0.string } }

    mutating func required(_ key: String) -> String? {
        guard table.keys.contains(key) else {
            asked.append(key)
            note(key, "is missing; add \(key) = \"...\"")
            return nil
        }
        return string(key)
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let number = value(key, "a whole number", { $0.int }) else { return nil }
        guard range.contains(number) else {
            note(key, "is \(number); it must be from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    mutating func strings(_ key: String, limit: Int) -> [String]? {
        guard let array = value(key, "a list such as [\"a\", \"b\"]", { $0.array }) else { return nil }
        let texts = (0..<array.count).compactMap { array[$0].string }
        guard texts.count == array.count, texts.count <= limit else {
            note(key, "must be a list of at most \(limit) texts in quotation marks")
            return nil
        }
        return texts
    }

    /// For sections that may be left out as a whole.
    func has(_ key: String) -> Bool { table.keys.contains(key) }

    /// `nil` only if it is there and no section; an absent one is empty.
    mutating func section(_ key: String) -> TOMLSection? {
        guard table.keys.contains(key) else {
            asked.append(key)
            return TOMLSection(TOMLTable(), path: full(key), document: document)
        }
        guard let inner = value(key, "a section: write [\(full(key))] above its keys", { $0.table }) else { return nil }
        return TOMLSection(inner, path: full(key), document: document)
    }

    mutating func sections(_ key: String, limit: Int) -> [TOMLSection] {
        guard table.keys.contains(key) else {
            asked.append(key)
            return []
        }
        guard let array = value(key, "a list of sections: write [[\(full(key))]] above each", { $0.array }) else {
            return []
        }
        let tables = (0..<array.count).compactMap { array[$0].table }
        guard tables.count == array.count, tables.count <= limit else {
            note(key, "must be a list of at most \(limit) sections: write [[\(full(key))]] above each")
            return []
        }
        return tables.enumerated().map { TOMLSection($1, path: "\(full(key))[\($0)]", document: document) }
    }

    /// To be called last: every key that was not asked for is a mistake.
    func finish() {
        for key in table.keys where !asked.contains(key) {
            note(key, "is not known here; known are \(asked.sorted().joined(separator: ", "))")
        }
    }

    private func full(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private mutating func value<Value>(
        _ key: String, _ wanted: String, _ convert: (any TOMLValueConvertible) -> Value?
    ) -> Value? {
        asked.append(key)
        guard table.keys.contains(key), let found = table[key] else { return nil }
        guard let value = convert(found) else {
            note(key, "is a \(found.type.description); it must be \(wanted)")
            return nil
        }
        return value
    }
}
