// Values of a TOML text: texts in their four forms, numbers, lists and inline tables.

extension TOMLReader {
    mutating func value(depth: Int) throws(TOML.Failure) -> TOML.Value {
        guard depth < Self.depth else { throw fail("lists and tables are nested more than \(Self.depth) deep") }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try text())
        case UInt8(ascii: "["): return .array(try list(depth: depth))
        case UInt8(ascii: "{"): return .section(try inlineTable(depth: depth))
        default: return try word()
        }
    }

    // MARK: Lists and tables

    private mutating func list(depth: Int) throws(TOML.Failure) -> [TOML.Node] {
        let start = line
        var nodes: [TOML.Node] = []
        advance()
        while true {
            try skipLines()
            if byte == UInt8(ascii: "]") { break }
            guard byte != nil else {
                throw TOML.Failure(line: start, sentence: "this list is not closed; end it with ]")
            }
            let valueLine = line
            nodes.append(TOML.Node(value: try value(depth: depth + 1), line: valueLine))
            try skipLines()
            if byte == UInt8(ascii: ",") {
                advance()
            } else if byte != UInt8(ascii: "]") {
                guard byte != nil else {
                    throw TOML.Failure(line: start, sentence: "this list is not closed; end it with ]")
                }
                throw fail("there must be a comma between two entries of a list")
            }
        }
        advance()
        return nodes
    }

    private mutating func inlineTable(depth: Int) throws(TOML.Failure) -> TOML.Section {
        let section = TOML.Section(line: line, origin: .dottedKey)
        advance()
        skipBlanks()
        var isFirst = true
        while byte != UInt8(ascii: "}") {
            if !isFirst {
                guard byte == UInt8(ascii: ",") else {
                    throw fail("this table is not closed on its line; end it with }, with commas between its keys")
                }
                advance()
                skipBlanks()
            }
            isFirst = false
            try pair(in: section, depth: depth + 1)
            skipBlanks()
        }
        advance()
        section.origin = .inline
        return section
    }

    // MARK: Texts

    /// On one line.
    mutating func quoted() throws(TOML.Failure) -> String {
        let quote = byte
        var text: [UInt8] = []
        advance()
        while byte != quote {
            guard let byte, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") else {
                throw fail(
                    "this text is not closed; end it with \(quote == UInt8(ascii: "'") ? "'" : "\"") on the same line")
            }
            try append(byte, isLiteral: quote == UInt8(ascii: "'"), to: &text)
        }
        advance()
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func text() throws(TOML.Failure) -> String {
        if starts(with: "\"\"\"") { return try longText(UInt8(ascii: "\"")) }
        if starts(with: "'''") { return try longText(UInt8(ascii: "'")) }
        return try quoted()
    }

    /// Between three quotation marks, over several lines.
    private mutating func longText(_ quote: UInt8) throws(TOML.Failure) -> String {
        let start = line
        var text: [UInt8] = []
        advance(3)
        if byte == UInt8(ascii: "\r"), byte(ahead: 1) == UInt8(ascii: "\n") { advance() }
        if byte == UInt8(ascii: "\n") { advance() }
        while true {
            guard let byte else {
                throw TOML.Failure(line: start, sentence: "this text is not closed; end it with three quotation marks")
            }
            if byte == quote, self.byte(ahead: 1) == quote, self.byte(ahead: 2) == quote {
                // Up to two of them may stand before the closing three.
                while self.byte(ahead: 3) == quote, text.count < Int.max {
                    text.append(quote)
                    advance()
                }
                advance(3)
                return String(decoding: text, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), skipsLineEnd() { continue }
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                text.append(byte)
                advance()
            } else {
                try append(byte, isLiteral: quote == UInt8(ascii: "'"), to: &text)
            }
        }
    }

    /// A backslash at the end of a line takes the line end and what is blank behind it away.
    private mutating func skipsLineEnd() -> Bool {
        var ahead = 1
        while let next = byte(ahead: ahead), next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") || next == 13 {
            ahead += 1
        }
        guard byte(ahead: ahead) == UInt8(ascii: "\n") else { return false }
        advance(ahead)
        while let byte, byte == UInt8(ascii: " ") || (9...10).contains(byte) || byte == 13 { advance() }
        return true
    }

    private mutating func append(_ byte: UInt8, isLiteral: Bool, to text: inout [UInt8]) throws(TOML.Failure) {
        guard byte >= 32 || byte == UInt8(ascii: "\t"), byte != 127 else {
            throw fail("there is a control character in this text")
        }
        if byte == UInt8(ascii: "\\"), !isLiteral { return try escape(&text) }
        text.append(byte)
        advance()
    }

    private mutating func escape(_ text: inout [UInt8]) throws(TOML.Failure) {
        let letter = byte(ahead: 1)
        switch letter {
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(letter ?? 0)
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = letter == UInt8(ascii: "u") ? 4 : 8
            let digits = (0..<count).compactMap { byte(ahead: 2 + $0) }
            guard digits.count == count, let number = ProcText.hexadecimal(digits[...]),
                let scalar = UInt32(exactly: number).flatMap({ Unicode.Scalar($0) })
            else { throw fail("\\u needs 4 hexadecimal digits and \\U 8, of a character that exists") }
            text += Array(String(Character(scalar)).utf8)
            advance(count)
        default:
            throw fail(
                "a backslash stands before a character that it does not go with; write \\\\ for one, or use '...'")
        }
        advance(2)
    }

    // MARK: Words

    private mutating func word() throws(TOML.Failure) -> TOML.Value {
        var word: [UInt8] = []
        while let byte,
            Self.isNameByte(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
                || byte == UInt8(ascii: ":")
        {
            word.append(byte)
            advance()
        }
        let text = String(decoding: word, as: UTF8.self)
        switch text {
        case "": throw fail("there is no value where one is due; texts stand in quotation marks")
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "inf", "+inf", "-inf", "nan", "+nan", "-nan": return .float
        default: break
        }
        if let number = try integer(text) { return .integer(number) }
        if Self.isDate(word) { return .date }
        if Self.isFloat(text) { return .float }
        throw fail("\(text) is neither a number nor true or false; texts stand in quotation marks")
    }

    private func integer(_ text: String) throws(TOML.Failure) -> Int? {
        var digits = text.filter { $0 != "_" }
        let isSpaced = text.hasPrefix("_") || text.hasSuffix("_") || text.contains("__")
        guard !isSpaced else { return nil }
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
            digits.removeFirst(2)
            guard !digits.hasPrefix("-"), !digits.hasPrefix("+") else { return nil }
            return Int(digits, radix: radix)
        }
        let bare = digits.hasPrefix("-") || digits.hasPrefix("+") ? String(digits.dropFirst()) : digits
        guard !bare.isEmpty, bare.utf8.allSatisfy({ (48...57).contains($0) }), bare == "0" || !bare.hasPrefix("0")
        else {
            return nil
        }
        guard let number = Int(digits) else { throw fail("\(text) is too large for a number") }
        return number
    }

    /// By its shape alone: nothing here takes one.
    private static func isDate(_ word: [UInt8]) -> Bool {
        let digits = word.prefix { (48...57).contains($0) }.count
        guard digits == 4 || digits == 2, digits < word.count else { return false }
        return word[digits] == (digits == 4 ? UInt8(ascii: "-") : UInt8(ascii: ":"))
    }

    private static func isFloat(_ text: String) -> Bool {
        let isSpaced = text.hasPrefix("_") || text.hasSuffix("_") || text.contains("__")
        guard !isSpaced, text.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 | 32 == UInt8(ascii: "e") }) else {
            return false
        }
        return text.utf8.first.map { (48...57).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
            == true
            && Double(text.filter { $0 != "_" }) != nil
    }
}
