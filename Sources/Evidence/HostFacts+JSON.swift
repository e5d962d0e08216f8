import Judge
import Ledger

// Facts of the host as members of its line.
extension LoadFact {
    var json: CanonicalJSON {
        .object([
            "observedUs": .integer(observedMicroseconds), "busyUs": busyMicroseconds.json,
            "memoryBytesSum": memoryBytesSum.json, "memorySamples": .integer(memorySamples),
            "netBytes": netBytes.json, "diskUs": diskMicroseconds.json, "diskOperations": diskOperations.json,
        ])
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        self.init()
        observedMicroseconds = try reader.integer("observedUs")
        busyMicroseconds = try reader.measured("busyUs")
        memoryBytesSum = try reader.measured("memoryBytesSum")
        memorySamples = try reader.integer("memorySamples")
        netBytes = try reader.measured("netBytes")
        diskMicroseconds = try reader.measured("diskUs")
        diskOperations = try reader.measured("diskOperations")
    }
}

extension PackagesFact {
    var json: CanonicalJSON {
        var members: [String: CanonicalJSON] = ["samples": .integer(samples), "seen": .array(seen.map(\.json))]
        if let cause { members["absent"] = .string(cause.rawValue) }
        return .object(members)
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        self.init()
        samples = try reader.integer("samples")
        cause = try reader.absence("absent")
        for item in try reader.items("seen") { seen.append(try PackageFact(reading: item)) }
    }
}

extension PackageFact {
    var json: CanonicalJSON {
        .object([
            "name": .string(name), "version": .string(version), "architecture": .string(architecture),
            "md5sums": .string(digest), "samples": .integer(samples),
        ])
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        self.init(
            name: try reader.text("name"), version: try reader.text("version"),
            architecture: try reader.text("architecture"), digest: try reader.text("md5sums"),
            samples: try reader.integer("samples"))
    }
}

extension FilesFact {
    var json: CanonicalJSON {
        .object(["samples": .integer(samples), "seen": .array(seen.map(\.json))])
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        self.init()
        samples = try reader.integer("samples")
        for item in try reader.items("seen") { seen.append(try FileFact(reading: item)) }
    }
}

extension FileFact {
    var json: CanonicalJSON {
        var members: [String: CanonicalJSON] = [
            "path": .string(path), "sha256": .string(digest), "samples": .integer(samples),
        ]
        if let cause { members["absent"] = .string(cause.rawValue) }
        return .object(members)
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        self.init(
            path: try reader.text("path"), digest: try reader.text("sha256"), cause: try reader.absence("absent"),
            samples: try reader.integer("samples"))
    }
}

extension LoginFact {
    var json: CanonicalJSON {
        .object([
            "kind": .string(kind.rawValue), "time": .integer(timeSeconds), "user": .string(user),
            "source": .string(source), "method": .string(method), "key": .string(key), "session": .string(session),
        ])
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        guard let kind = Kind(rawValue: try reader.text("kind")) else { throw reader.missing("kind") }
        self.init(
            kind: kind, timeSeconds: try reader.integer("time"), user: try reader.text("user"),
            source: try reader.text("source"), method: try reader.text("method"), key: try reader.text("key"),
            session: try reader.text("session"))
    }
}
