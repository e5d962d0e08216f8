// Strict reading of one TOML table: each key is asked for by name and type, what is wrong is noted with its place and
// how to mend it, and what nobody asked for is unknown. It reads on after a mistake, so that a person sees all of them
// at once.

/// Something in a file that cannot be used.
struct ConfigurationMistake: Error, Equatable, CustomStringConvertible {
    var file: String
    var line: Int
    var sentence: String

    var description: String { "\(file):\(line): \(sentence)" }
}

/// Collects mistakes of one file.
final class MistakeList {
    let file: String
    private(set) var mistakes: [ConfigurationMistake] = []

    init(file: String) { self.file = file }

    func note(_ line: Int, _ sentence: String) {
        guard mistakes.count < 100 else { return }
        mistakes.append(ConfigurationMistake(file: file, line: line, sentence: sentence))
    }
}

struct TOMLFields {
    private let section: TOML.Section
    private let path: String
    private let mistakes: MistakeList
    private var asked: [String] = []

    init(_ section: TOML.Section, path: String, mistakes: MistakeList) {
        self.section = section
        self.path = path
        self.mistakes = mistakes
    }

    func has(_ key: String) -> Bool { section[key] != nil }

    /// At the key's line, or the section's if it is not there.
    func note(_ key: String, _ sentence: String) { mistakes.note(section[key]?.line ?? section.line, sentence) }

    mutating func string(_ key: String) -> String? {
        value(key, "a text in quotation marks") { if case .string(let text) = $0 { text } else { nil } }
    }

    /// One that the agent cannot do without.
    mutating func required(_ key: String) -> String? {
        if !has(key) {
            asked.append(key)
            note(key, "\(full(key)) is missing; add \(key) = \"...\"")
            return nil
        }
        return string(key)
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        let found = value(key, "a whole number") { if case .integer(let number) = $0 { number } else { nil } }
        guard let number = found else { return nil }
        guard range.contains(number) else {
            note(key, "\(full(key)) is \(number); it must be from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    mutating func boolean(_ key: String) -> Bool? {
        value(key, "true or false") { if case .boolean(let answer) = $0 { answer } else { nil } }
    }

    mutating func strings(_ key: String, limit: Int) -> [String]? {
        guard let nodes = nodes(key, "a list such as [\"a\", \"b\"]", limit: limit) else { return nil }
        var texts: [String] = []
        for (index, node) in nodes.enumerated() {
            guard case .string(let text) = node.value else {
                mistakes.note(
                    node.line,
                    "\(full(key)) must hold texts in quotation marks only; entry \(index + 1) is \(node.value.kind)")
                return nil
            }
            texts.append(text)
        }
        return texts
    }

    mutating func fields(_ key: String) -> TOMLFields? {
        let found = value(key, "a section: write [\(full(key))] above its keys") {
            if case .section(let inner) = $0 { inner } else { nil }
        }
        return found.map { TOMLFields($0, path: full(key), mistakes: mistakes) }
    }

    mutating func list(_ key: String, limit: Int) -> [TOMLFields] {
        let wanted = "a list of sections: write [[\(full(key))]] above each"
        guard let nodes = nodes(key, wanted, limit: limit) else { return [] }
        var all: [TOMLFields] = []
        for (index, node) in nodes.enumerated() {
            guard case .section(let inner) = node.value else {
                mistakes.note(node.line, "\(full(key)) must hold sections only; write [[\(full(key))]] above each")
                return []
            }
            all.append(TOMLFields(inner, path: "\(full(key))[\(index)]", mistakes: mistakes))
        }
        return all
    }

    /// To be called last: every key that was not asked for is a mistake.
    func finish() {
        for key in section.keys where !asked.contains(key) {
            let near = asked.min { Self.distance($0, key) < Self.distance($1, key) }
            let hint = near.flatMap { Self.distance($0, key) <= 2 ? "; did you mean \($0)?" : nil }
            let known = asked.sorted().joined(separator: ", ")
            note(key, "\(full(key)) is not known here" + (hint ?? "; known are \(known)"))
        }
    }

    private func full(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

    private mutating func nodes(_ key: String, _ wanted: String, limit: Int) -> [TOML.Node]? {
        guard let nodes = value(key, wanted, { if case .array(let nodes) = $0 { nodes } else { nil } }) else {
            return nil
        }
        guard nodes.count <= limit else {
            note(key, "\(full(key)) has \(nodes.count) entries; at most \(limit) are allowed")
            return nil
        }
        return nodes
    }

    private mutating func value<Value>(_ key: String, _ wanted: String, _ convert: (TOML.Value) -> Value?) -> Value? {
        asked.append(key)
        guard let node = section[key] else { return nil }
        guard let value = convert(node.value) else {
            note(key, "\(full(key)) is \(node.value.kind); it must be \(wanted)")
            return nil
        }
        return value
    }

    /// Levenshtein's, of short words.
    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8.prefix(64)), Array(right.utf8.prefix(64)))
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let cost = min(row[column] + 1, row[column + 1] + 1, diagonal + (byte == right[column] ? 0 : 1))
                diagonal = row[column + 1]
                row[column + 1] = cost
            }
        }
        return row[right.count]
    }
}
