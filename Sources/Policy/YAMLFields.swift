import Yams

/// Collects mistakes while a file is read, so that a person sees all of them at once.
final class MistakeCollector {
    let file: String
    private(set) var all: [Mistake] = []

    init(file: String) { self.file = file }

    func addMistake(_ mistake: Mistake) { all.append(mistake) }

    func add(_ node: Node?, _ path: String, _ problem: String, mend: String) {
        all.append(
            Mistake(file: file, line: max(node?.mark?.line ?? 1, 1), path: path, problem: problem, mend: mend))
    }
}

/// A mapping whose members are taken one by one; what is left over in the end is unknown and refused.
final class YAMLFields {
    let node: Node?
    let path: String
    let mistakes: MistakeCollector
    private var members: [(key: String, keyNode: Node, value: Node)] = []
    private var asked: [String] = []

    init(_ node: Node?, path: String, mistakes: MistakeCollector) {
        self.node = node
        self.path = path
        self.mistakes = mistakes
        guard let node else { return }
        guard case .mapping(let mapping) = node else {
            mistakes.add(node, path, "is not a mapping", mend: "write `name: value` lines here")
            return
        }
        for (key, value) in mapping {
            guard let name = key.string else {
                mistakes.add(key, path, "has a member whose name is no text", mend: "use a plain word")
                continue
            }
            members.append((name, key, value))
        }
    }

    /// The whole file's top mapping.
    static func document(_ text: String, mistakes: MistakeCollector) -> YAMLFields {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                mistakes.add(nil, "", "is empty", mend: "write the document")
                return YAMLFields(nil, path: "", mistakes: mistakes)
            }
            return YAMLFields(node, path: "", mistakes: mistakes)
        } catch let error as YamlError {
            mistakes.add(error, text: text)
        } catch {
            mistakes.add(nil, "", "is not YAML: \(error)", mend: "mend the syntax")
        }
        return YAMLFields(nil, path: "", mistakes: mistakes)
    }

    func place(_ name: String) -> String { path.isEmpty ? name : path + "." + name }

    func take(_ name: String) -> Node? {
        asked.append(name)
        guard let index = members.firstIndex(where: { $0.key == name }) else { return nil }
        return members.remove(at: index).value
    }

    /// Members with their names, for mappings whose names are data.
    func takeAll() -> [(name: String, keyNode: Node, value: Node)] {
        defer { members = [] }
        return members.map { ($0.key, $0.keyNode, $0.value) }
    }

    func fields(_ name: String) -> YAMLFields {
        YAMLFields(take(name), path: place(name), mistakes: mistakes)
    }

    func refuse(_ node: Node?, _ name: String, _ problem: String, mend: String) {
        mistakes.add(node ?? self.node, place(name), problem, mend: mend)
    }

    /// Reads a scalar by a parser of its text; `nil` when it is not there or was refused.
    func scalar<Value>(_ name: String, expects: String, _ parse: (String) -> Value?) -> Value? {
        guard let node = take(name) else { return nil }
        guard let text = node.scalar?.string, let value = parse(text) else {
            refuse(node, name, "is not \(expects)", mend: "write \(expects)")
            return nil
        }
        return value
    }

    func text(_ name: String) -> String? { scalar(name, expects: "a text") { $0.isEmpty ? nil : $0 } }

    /// A list of texts; `nil` when it is not there or was refused.
    func texts(_ name: String) -> [String]? {
        guard let node = take(name) else { return nil }
        let texts = node.sequence?.compactMap { $0.scalar?.string }.filter { !$0.isEmpty }
        guard let texts, texts.count == node.sequence?.count else {
            refuse(node, name, "is not a list of texts", mend: "write it as [one, two]")
            return nil
        }
        return texts
    }

    func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        scalar(name, expects: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func flag(_ name: String) -> Bool? {
        scalar(name, expects: "`true` or `false`") { ["true": true, "false": false][$0] }
    }

    func choice<Value: RawRepresentable & CaseIterable>(_ name: String, _ type: Value.Type) -> Value?
    where Value.RawValue == String {
        let words = type.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        return scalar(name, expects: "one of \(words)", Value.init(rawValue:))
    }

    /// Refuses what nobody asked for.
    func finish() {
        for member in members {
            mistakes.add(
                member.keyNode, place(member.key), "is not known here",
                mend: asked.isEmpty ? "remove it" : "remove it, or use one of: \(asked.joined(separator: ", "))")
        }
        members = []
    }
}

extension MistakeCollector {
    /// The parser's own error, with its line.
    func add(_ error: YamlError, text: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            append(line: mark.line, "is not YAML: \(problem)", mend: "mend the syntax")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.sorted().map { "`\($0)`" }.joined(separator: ", ")
            let line = duplicates.first.flatMap { Self.lineOfSecond($0, text, from: context.mark.line) }
            append(line: line ?? context.mark.line, "says \(names) twice", mend: "keep one of them")
        case .reader, .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            append(line: 1, "is not YAML: \(error)", mend: "mend the syntax")
        }
    }

    /// The parser names the mapping; a person looks for the line that says it again.
    private static func lineOfSecond(_ key: String, _ text: String, from first: Int) -> Int? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let places = lines.indices.filter { index in
            index + 1 >= first && lines[index].drop { $0 == " " || $0 == "-" }.hasPrefix(key + ":")
        }
        return places.dropFirst().first.map { $0 + 1 }
    }

    private func append(line: Int, _ problem: String, mend: String) {
        addMistake(Mistake(file: file, line: max(line, 1), path: "", problem: problem, mend: mend))
    }
}
