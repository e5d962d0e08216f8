// Strict access to one object of a signed document. Must never skip a member it was not told of: what a reader does not
// know may change the meaning of what it knows.

/// One object's members, and where it stands for messages.
struct Members {
    let area: LedgerRefusal.Area
    /// Such as `predicate.perch_canary`.
    let path: String
    private let members: [String: CanonicalJSON]

    /// - Parameter open: whether members beyond those named are allowed.
    init(
        _ json: CanonicalJSON, _ path: String, area: LedgerRefusal.Area, required: Set<String>,
        optional: Set<String> = [], open: Bool = false
    ) throws(LedgerRefusal) {
        self.area = area
        self.path = path
        guard case .object(let members) = json else { throw LedgerRefusal(area, "\(path) is not an object") }
        self.members = members
        if let missing = required.subtracting(members.keys).min() {
            throw LedgerRefusal(area, "\(path) lacks the member \(missing)")
        }
        if !open, let foreign = Set(members.keys).subtracting(required).subtracting(optional).min() {
            throw LedgerRefusal(area, "\(path) has the unknown member \(LedgerRefusal.quoted(foreign))")
        }
    }

    func has(_ name: String) -> Bool { members[name] != nil }

    func names(except known: Set<String>) -> [String] { members.keys.filter { !known.contains($0) }.sorted() }

    func refusal(_ name: String, _ what: String) -> LedgerRefusal { LedgerRefusal(area, "\(path).\(name) \(what)") }

    func value(_ name: String) throws(LedgerRefusal) -> CanonicalJSON {
        guard let value = members[name] else { throw LedgerRefusal(area, "\(path) lacks the member \(name)") }
        return value
    }

    /// Not empty, at most `limit` bytes.
    func text(_ name: String, limit: Int = LedgerLimits.nameBytes) throws(LedgerRefusal) -> String {
        guard let text = try value(name).text else { throw refusal(name, "is not a string") }
        guard !text.utf8.isEmpty else { throw refusal(name, "is empty") }
        guard text.utf8.count <= limit else { throw refusal(name, "is longer than \(limit) bytes") }
        return text
    }

    func choice<Choice: RawRepresentable>(
        _ name: String, of type: Choice.Type = Choice.self
    ) throws(LedgerRefusal) -> Choice where Choice.RawValue == String {
        let text = try text(name)
        guard let choice = Choice(rawValue: text) else {
            throw refusal(name, "is \(LedgerRefusal.quoted(text)), which is not known")
        }
        return choice
    }

    func integer<Value: FixedWidthInteger>(
        _ name: String, as type: Value.Type = Value.self
    ) throws(LedgerRefusal) -> Value {
        guard let number: Value = try value(name).integer() else {
            throw refusal(name, "is no integer as a decimal string")
        }
        return number
    }

    func digest(_ name: String) throws(LedgerRefusal) -> Digest {
        guard let digest = Digest(hex: try text(name)) else { throw refusal(name, "is no SHA-256 in lowercase hex") }
        return digest
    }

    func time(_ name: String) throws(LedgerRefusal) -> UTCTime {
        guard let time = UTCTime(try text(name)) else { throw refusal(name, "is no time like 2026-11-20T00:00:00Z") }
        return time
    }

    func uuid(_ name: String) throws(LedgerRefusal) -> LedgerID {
        guard let uuid = LedgerID(try text(name)) else { throw refusal(name, "is no UUID of version 7 in lowercase") }
        return uuid
    }

    func items(_ name: String, _ count: ClosedRange<Int>) throws(LedgerRefusal) -> [CanonicalJSON] {
        guard let items = try value(name).items else { throw refusal(name, "is not a list") }
        guard count.contains(items.count) else {
            throw refusal(name, "has \(items.count) items, \(count.lowerBound) to \(count.upperBound) are allowed")
        }
        return items
    }

    func texts(_ name: String, _ count: ClosedRange<Int>) throws(LedgerRefusal) -> [String] {
        var texts: [String] = []
        for (index, item) in try items(name, count).enumerated() {
            guard let text = item.text, !text.utf8.isEmpty, text.utf8.count <= LedgerLimits.nameBytes else {
                throw refusal("\(name)[\(index)]", "is no string of 1 to \(LedgerLimits.nameBytes) bytes")
            }
            texts.append(text)
        }
        return texts
    }

    func nested(
        _ name: String, required: Set<String>, optional: Set<String> = []
    ) throws(LedgerRefusal) -> Members {
        try Members(try value(name), "\(path).\(name)", area: area, required: required, optional: optional)
    }

    func list(
        _ name: String, _ count: ClosedRange<Int>, required: Set<String>, optional: Set<String> = [],
        open: Bool = false
    ) throws(LedgerRefusal) -> [Members] {
        var list: [Members] = []
        for (index, item) in try items(name, count).enumerated() {
            list.append(
                try Members(
                    item, "\(path).\(name)[\(index)]", area: area, required: required, optional: optional, open: open))
        }
        return list
    }

    func window(_ name: String) throws(LedgerRefusal) -> UTCWindow {
        let members = try nested(name, required: ["from", "to"])
        guard let window = UTCWindow(from: try members.time("from"), to: try members.time("to")) else {
            throw refusal(name, "does not end after it begins")
        }
        return window
    }
}

extension CanonicalJSON {
    /// Strictly canonical bytes as a value; another spelling is refused in the words of `what`.
    init(
        canonical bytes: [UInt8], what: String, area: LedgerRefusal.Area = .canonical
    ) throws(LedgerRefusal) {
        do {
            try self.init(reading: bytes)
        } catch {
            throw LedgerRefusal(area, "\(what) is not canonical JSON (RFC 8785): \(error)")
        }
    }
}
