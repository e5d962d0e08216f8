import Judge
import Ledger

// An instance's line: the integers that its values are divided from, and the facts of its rules.
extension InstanceBlock {
    var json: CanonicalJSON {
        .object([
            "instance": .string(name), "copy": copy.json, "port": .integer(port), "uid": .integer(uid),
            "starts": .integer(starts), "oomKills": .integer(oomKills), "mostClients": .integer(mostClients),
            "rdb": rdb.json, "aof": .object(["off": aof.off.json, "failed": aof.failed.json]),
        ])
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        self.init(name: try reader.text("instance"), copy: try CopyBlock(reading: reader.nested("copy")))
        port = try reader.integer("port")
        uid = try reader.integer("uid")
        starts = try reader.integer("starts")
        oomKills = try reader.integer("oomKills")
        mostClients = try reader.integer("mostClients")
        rdb = try RDBFact(reading: reader.nested("rdb"))
        let appendOnly = try reader.nested("aof")
        aof.off = try RunFact(reading: appendOnly, "off")
        aof.failed = try RunFact(reading: appendOnly, "failed")
    }
}

extension RDBFact {
    var json: CanonicalJSON {
        var members: [String: CanonicalJSON] = ["failed": failed.json]
        members["fewestChanges"] = fewestChanges.map { .integer($0) }
        members["savedSeconds"] = savedSeconds.map { .integer($0) }
        members["sampledSeconds"] = sampledSeconds.map { .integer($0) }
        return .object(members)
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        self.init()
        failed = try RunFact(reading: reader, "failed")
        fewestChanges = try reader.optional("fewestChanges")
        savedSeconds = try reader.optional("savedSeconds")
        sampledSeconds = try reader.optional("sampledSeconds")
    }
}

extension CopyBlock {
    var json: CanonicalJSON {
        .object([
            "samplesSeen": .integer(samplesSeen), "samplesExpected": .integer(samplesExpected),
            "observedUs": .integer(observedMicroseconds), "operations": operations.json, "cpuUs": cpuMicroseconds.json,
            "commandUs": commandMicroseconds.json, "commandCalls": commandCalls.json, "netBytes": netBytes.json,
            "errors": errors.json, "logErrorLines": logErrorLines.json, "memoryBytesSum": memoryBytesSum.json,
            "memorySamples": .integer(memorySamples), "pingBuckets": pingJSON, "latencyCounts": latencyJSON,
            "diskUs": diskMicroseconds.json, "diskOperations": diskOperations.json,
        ])
    }

    private var pingJSON: CanonicalJSON {
        switch ping {
        case .value(let buckets): .array(buckets.map { .array([.integer($0.index), .integer($0.count)]) })
        case .absent(let cause): .object(["absent": .string(cause.rawValue)])
        }
    }

    private var latencyJSON: CanonicalJSON {
        switch latency {
        case .value(let counts): .array(counts.map { .integer($0) })
        case .absent(let cause): .object(["absent": .string(cause.rawValue)])
        }
    }

    init(reading reader: RowReader) throws(EvidenceRow.Unreadable) {
        self.init(
            samplesSeen: try reader.integer("samplesSeen"), samplesExpected: try reader.integer("samplesExpected"),
            observedMicroseconds: try reader.integer("observedUs"), absent: .coverage)
        operations = try reader.measured("operations")
        cpuMicroseconds = try reader.measured("cpuUs")
        commandMicroseconds = try reader.measured("commandUs")
        commandCalls = try reader.measured("commandCalls")
        netBytes = try reader.measured("netBytes")
        errors = try reader.measured("errors")
        logErrorLines = try reader.measured("logErrorLines")
        memoryBytesSum = try reader.measured("memoryBytesSum")
        memorySamples = try reader.integer("memorySamples")
        ping = try Self.readPing(reader)
        latency = try Self.readLatency(reader)
        diskMicroseconds = try reader.measured("diskUs")
        diskOperations = try reader.measured("diskOperations")
    }

    private static func readPing(_ reader: RowReader) throws(EvidenceRow.Unreadable) -> Measured<[Bucket]> {
        if let cause = reader.json["pingBuckets"]?["absent"] {
            return .absent(try RowReader.absence(cause, reader, "pingBuckets"))
        }
        var buckets: [Bucket] = []
        for item in try reader.items("pingBuckets") {
            guard let pair = item.json.items, pair.count == 2, let index: UInt32 = pair[0].integer(),
                let count: UInt64 = pair[1].integer(), index > buckets.last?.index ?? 0 || buckets.isEmpty
            else { throw reader.missing("pingBuckets") }
            buckets.append(Bucket(index: index, count: count))
        }
        return .value(buckets)
    }

    private static func readLatency(_ reader: RowReader) throws(EvidenceRow.Unreadable) -> Measured<[UInt64]> {
        if let cause = reader.json["latencyCounts"]?["absent"] {
            return .absent(try RowReader.absence(cause, reader, "latencyCounts"))
        }
        let counts = try reader.integers("latencyCounts")
        guard counts.count == 21 else { throw reader.missing("latencyCounts") }
        return .value(counts)
    }
}
