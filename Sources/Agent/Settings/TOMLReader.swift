// Lines of a TOML text: headers, keys and their values, and the rules of what may be written twice.

struct TOMLReader {
    static let depth = 16
    private let bytes: [UInt8]
    private var position = 0
    private(set) var line = 1
    private let root = TOML.Section(line: 1, origin: .header)

    init(_ text: String) { bytes = Array(text.utf8) }

    // MARK: Cursor, also for TOMLReader+Values

    var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    func byte(ahead: Int) -> UInt8? { position + ahead < bytes.count ? bytes[position + ahead] : nil }

    mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where position < bytes.count {
            if bytes[position] == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
    }

    func starts(with text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes[position...].starts(with: $0) }
    }

    func fail(_ sentence: String) -> TOML.Failure { TOML.Failure(line: line, sentence: sentence) }

    mutating func skipBlanks() {
        while byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { advance() }
    }

    /// Blanks, comments and line ends.
    mutating func skipLines() throws(TOML.Failure) {
        while true {
            skipBlanks()
            guard let byte, byte == UInt8(ascii: "#") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
                return
            }
            try endLine()
        }
    }

    /// Nothing but a comment may follow on this line.
    private mutating func endLine() throws(TOML.Failure) {
        skipBlanks()
        if byte == UInt8(ascii: "#") {
            while let byte, byte != UInt8(ascii: "\n") {
                if byte < 32, byte != UInt8(ascii: "\t"), byte != UInt8(ascii: "\r") {
                    throw fail("there is a control character in this comment")
                }
                advance()
            }
        }
        if byte == UInt8(ascii: "\r"), byte(ahead: 1) == UInt8(ascii: "\n") { advance() }
        guard byte == nil || byte == UInt8(ascii: "\n") else {
            throw fail("something is left over at the end of this line; write one key or header on each")
        }
        advance()
    }

    // MARK: Document

    mutating func document() throws(TOML.Failure) -> TOML.Section {
        var section = root
        try skipLines()
        while byte != nil {
            if byte == UInt8(ascii: "[") {
                section = try header()
            } else {
                try pair(in: section)
            }
            try endLine()
            try skipLines()
        }
        return root
    }

    private mutating func header() throws(TOML.Failure) -> TOML.Section {
        let isList = starts(with: "[[")
        advance(isList ? 2 : 1)
        let names = try keyPath()
        guard isList ? starts(with: "]]") : byte == UInt8(ascii: "]") else {
            throw fail("this section header is not closed; write [name] or [[name]]")
        }
        advance(isList ? 2 : 1)
        let parent = try descend(names.dropLast(), from: root, origin: .implied)
        let name = names[names.count - 1]
        return isList ? try appended(name, parent) : try opened(name, parent)
    }

    private func opened(_ name: String, _ parent: TOML.Section) throws(TOML.Failure) -> TOML.Section {
        guard let known = parent[name] else {
            let section = TOML.Section(line: line, origin: .header)
            parent[name] = TOML.Node(value: .section(section), line: line)
            return section
        }
        guard case .section(let section) = known.value, section.origin == .implied else {
            throw fail("\(name) is written twice, first in line \(known.line); keep one")
        }
        section.origin = .header
        return section
    }

    private func appended(_ name: String, _ parent: TOML.Section) throws(TOML.Failure) -> TOML.Section {
        let section = TOML.Section(line: line, origin: .header)
        let node = TOML.Node(value: .section(section), line: line)
        guard let known = parent[name] else {
            parent[name] = TOML.Node(value: .array([node]), line: line)
            return section
        }
        guard case .array(var nodes) = known.value, let last = nodes.last, case .section(let before) = last.value,
            before.origin == .header
        else { throw fail("\(name) is written twice, first in line \(known.line) as \(known.value.kind); keep one") }
        nodes.append(node)
        parent[name] = TOML.Node(value: .array(nodes), line: known.line)
        return section
    }

    /// Through tables, making those that are missing; through a list of sections to its last one.
    private func descend(
        _ names: ArraySlice<String>, from start: TOML.Section, origin: TOML.Section.Origin
    ) throws(TOML.Failure) -> TOML.Section {
        var section = start
        for name in names {
            guard let known = section[name] else {
                let inner = TOML.Section(line: line, origin: origin)
                section[name] = TOML.Node(value: .section(inner), line: line)
                section = inner
                continue
            }
            switch known.value {
            case .section(let inner) where inner.origin != .inline && (origin == .implied || inner.origin == origin):
                section = inner
            case .array(let nodes):
                guard origin == .implied, let last = nodes.last, case .section(let inner) = last.value,
                    inner.origin == .header
                else { throw fail("\(name) is a list, written in line \(known.line); nothing can be added to it here") }
                section = inner
            case .section, .string, .integer, .boolean, .float, .date:
                throw fail("\(name) is complete, written in line \(known.line); nothing can be added to it here")
            }
        }
        return section
    }

    /// `key = value`.
    mutating func pair(in section: TOML.Section, depth: Int = 0) throws(TOML.Failure) {
        let names = try keyPath()
        let keyLine = line
        guard byte == UInt8(ascii: "=") else { throw fail("there is no = behind this key; write key = value") }
        advance()
        skipBlanks()
        let value = try value(depth: depth)
        let parent = try descend(names.dropLast(), from: section, origin: .dottedKey)
        let name = names[names.count - 1]
        if let known = parent[name] {
            throw TOML.Failure(
                line: keyLine, sentence: "\(name) is written twice, first in line \(known.line); keep one")
        }
        parent[name] = TOML.Node(value: value, line: keyLine)
    }

    private mutating func keyPath() throws(TOML.Failure) -> [String] {
        var names: [String] = []
        while true {
            skipBlanks()
            names.append(try key())
            skipBlanks()
            guard names.count <= Self.depth else { throw fail("this key has more than \(Self.depth) parts") }
            guard byte == UInt8(ascii: ".") else { return names }
            advance()
        }
    }

    private mutating func key() throws(TOML.Failure) -> String {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            guard !starts(with: "\"\"\""), !starts(with: "'''") else { throw fail("a key must be on one line") }
            return try quoted()
        }
        var name: [UInt8] = []
        while let byte, Self.isNameByte(byte) {
            name.append(byte)
            advance()
        }
        guard !name.isEmpty else {
            throw fail("there is no key where one is due; keys hold letters, digits, _ and -")
        }
        return String(decoding: name, as: UTF8.self)
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
