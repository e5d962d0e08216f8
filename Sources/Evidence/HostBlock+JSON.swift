import Judge
import Ledger

// The host's line. Member names are part of the evidence's form: never renamed within a version.
extension HostBlock {
    var json: CanonicalJSON {
        var members: [String: CanonicalJSON] = [
            "v": .string(EvidenceRow.version), "host": .string(host), "block": .integer(index),
            "blockSeconds": .integer(blockSeconds), "samplesSeen": .integer(samplesSeen),
            "samplesExpected": .integer(samplesExpected), "skewMs": .integer(skewMilliseconds),
            "machine": machine.json, "agent": agent.json, "ports": ports.json, "journal": journal.json,
            "load": load.json, "packages": packages.json, "files": files.json,
        ]
        if let absence { members["absent"] = .string(absence.rawValue) }
        return .object(members)
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        self.init(
            host: try reader.text("host"), index: try reader.integer("block"),
            blockSeconds: try reader.integer("blockSeconds"), samplesSeen: try reader.integer("samplesSeen"),
            samplesExpected: try reader.integer("samplesExpected"))
        absence = try reader.absence("absent")
        skewMilliseconds = try reader.integer("skewMs")
        machine = try MachineFact(reading: reader.nested("machine"))
        agent = try AgentFact(reading: reader.nested("agent"))
        ports = try PortsFact(reading: reader.nested("ports"))
        journal = try JournalFact(reading: reader.nested("journal"))
        load = try LoadFact(reading: reader.nested("load"))
        packages = try PackagesFact(reading: reader.nested("packages"))
        files = try FilesFact(reading: reader.nested("files"))
    }
}

extension MachineFact {
    var json: CanonicalJSON {
        var members: [String: CanonicalJSON] = [:]
        members["cpus"] = cpuCount.map { .integer($0) }
        members["memoryBytes"] = memoryBytes.map { .integer($0) }
        members["cpuModel"] = cpuModel.map { .string($0) }
        members["kernel"] = kernel.map { .string($0) }
        members["stolenUs"] = stolenMicroseconds.map { .integer($0) }
        members["cpuTimeUs"] = totalMicroseconds.map { .integer($0) }
        return .object(members)
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        self.init()
        cpuCount = try reader.optional("cpus")
        memoryBytes = try reader.optional("memoryBytes")
        cpuModel = try reader.optionalText("cpuModel")
        kernel = try reader.optionalText("kernel")
        stolenMicroseconds = try reader.optional("stolenUs")
        totalMicroseconds = try reader.optional("cpuTimeUs")
    }
}

extension AgentFact {
    var json: CanonicalJSON {
        .object(["dropped": .integer(dropped), "setAside": .integer(setAside), "torn": .integer(torn)])
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        self.init()
        dropped = try reader.integer("dropped")
        setAside = try reader.integer("setAside")
        torn = try reader.integer("torn")
    }
}

extension PortsFact {
    var json: CanonicalJSON {
        var members: [String: CanonicalJSON] = ["samples": .integer(samples), "seen": .array(seen.map(\.json))]
        if let cause { members["absent"] = .string(cause.rawValue) }
        return .object(members)
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        self.init()
        samples = try reader.integer("samples")
        cause = try reader.absence("absent")
        for item in try reader.items("seen") { seen.append(try PortFact(reading: item)) }
    }
}

extension PortFact {
    var json: CanonicalJSON {
        .object([
            "transport": .string(transport), "address": .string(address), "port": .integer(port), "uid": .integer(uid),
            "listening": listening.json,
        ])
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        self.init(
            transport: try reader.text("transport"), address: try reader.text("address"),
            port: try reader.integer("port"), uid: try reader.integer("uid"),
            listening: try RunFact(reading: reader, "listening"))
    }
}

extension JournalFact {
    var json: CanonicalJSON {
        var members: [String: CanonicalJSON] = [
            "samples": .integer(samples), "gaps": .integer(gaps), "suppressed": .integer(suppressed),
            "skipped": .integer(skipped), "logins": .array(logins.map(\.json)),
            "loginsLeftOut": .integer(loginsLeftOut), "oomKills": .integer(oomKills),
            "fingerprints": .array(fingerprints.map(\.json)),
        ]
        if let cause { members["absent"] = .string(cause.rawValue) }
        return .object(members)
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        self.init()
        samples = try reader.integer("samples")
        cause = try reader.absence("absent")
        gaps = try reader.integer("gaps")
        suppressed = try reader.integer("suppressed")
        skipped = try reader.integer("skipped")
        for item in try reader.items("logins") { logins.append(try LoginFact(reading: item)) }
        loginsLeftOut = try reader.integer("loginsLeftOut")
        oomKills = try reader.integer("oomKills")
        for item in try reader.items("fingerprints") { fingerprints.append(try FingerprintFact(reading: item)) }
    }
}

extension FingerprintFact {
    var json: CanonicalJSON {
        .object([
            "id": .integer(id), "unit": .string(unit), "count": .integer(count), "sample": .string(sample),
            "history": .bool(isHistory),
        ])
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        guard let isHistory = reader.json["history"]?.flag else { throw reader.missing("history") }
        self.init(
            id: try reader.integer("id"), unit: try reader.text("unit"), count: try reader.integer("count"),
            sample: try reader.text("sample"), isHistory: isHistory)
    }
}
