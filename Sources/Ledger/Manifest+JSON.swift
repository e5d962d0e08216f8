// The manifest's members, written and read.

extension Manifest {
    /// Canonical JSON, at most 4 MiB.
    /// - Throws: `evidence` for what a reader would refuse.
    public func encoded() throws(LedgerRefusal) -> [UInt8] {
        let bytes = json.bytes
        guard try Manifest(reading: bytes) == self else {
            throw LedgerRefusal(.evidence, "the manifest would not read back as it was written")
        }
        return bytes
    }

    private var json: CanonicalJSON {
        var members: [String: CanonicalJSON] = [
            "chunks": .array(chunks.map(\.json)),
            "judge": judge.json,
            "missing": .array(missing.map(\.json)),
            "policy": .object(policy.members),
            "rollout": .string(rollout),
            "v": .string(Self.version),
            "window": window.json,
        ]
        members["context"] = context.map { .object($0.members) }
        if !excluded.isEmpty { members["excluded"] = .array(excluded.map { .string($0.description) }) }
        return .object(members)
    }

    /// Reads a manifest strictly; compare its digest with the verdict's first.
    /// - Throws: `canonical` or `evidence`.
    public init(reading bytes: [UInt8]) throws(LedgerRefusal) {
        guard bytes.count <= LedgerLimits.manifestBytes else {
            throw LedgerRefusal(.evidence, "the manifest is longer than \(LedgerLimits.manifestBytes) bytes")
        }
        let json = try CanonicalJSON(canonical: bytes, what: "the manifest")
        guard json["v"]?.text == Self.version else {
            throw LedgerRefusal(.evidence, "manifest.v is not \(Self.version), the version known here")
        }
        let members = try Members(
            json, "manifest", area: .evidence,
            required: ["chunks", "judge", "missing", "policy", "rollout", "v", "window"],
            optional: ["context", "excluded"])
        self.init(
            rollout: try members.text("rollout"), window: try members.window("window"),
            policy: try ManifestFile(
                reading: members.nested("policy", required: ["path", "sha256", "size"]),
                limit: LedgerLimits.policyBytes),
            context: try Self.context(members),
            judge: try JudgeName(reading: members.nested("judge", required: ["name", "version"])),
            chunks: try Self.chunks(members), missing: try Self.gaps(members), excluded: try Self.excluded(members))
    }

    private static func context(_ members: Members) throws(LedgerRefusal) -> ManifestFile? {
        guard members.has("context") else { return nil }
        return try ManifestFile(
            reading: members.nested("context", required: ["path", "sha256", "size"]), limit: LedgerLimits.contextBytes)
    }

    private static func chunks(_ members: Members) throws(LedgerRefusal) -> [Chunk] {
        var chunks: [Chunk] = []
        let required: Set<String> = ["host", "path", "records", "sha256", "side", "size"]
        for item in try members.list("chunks", 0...LedgerLimits.chunks, required: required) {
            chunks.append(
                Chunk(
                    side: try item.choice("side"), host: try item.text("host"),
                    file: try ManifestFile(reading: item, limit: LedgerLimits.chunkBytes),
                    records: try item.integer("records")))
        }
        return chunks
    }

    private static func gaps(_ members: Members) throws(LedgerRefusal) -> [Gap] {
        var gaps: [Gap] = []
        for item in try members.list(
            "missing", 0...LedgerLimits.missing, required: ["from", "host", "reason", "to"])
        {
            let (from, to) = (try item.time("from"), try item.time("to"))
            guard let window = UTCWindow(from: from, to: to) else {
                throw item.refusal("to", "does not lie after from")
            }
            let reason = try item.text("reason", limit: 64)
            guard VerdictCheck.isCode(reason) else {
                throw item.refusal("reason", "is no code of letters and digits")
            }
            gaps.append(Gap(host: try item.text("host"), window: window, reason: reason))
        }
        return gaps
    }

    /// Absent if empty: one spelling.
    private static func excluded(_ members: Members) throws(LedgerRefusal) -> [LedgerID] {
        guard members.has("excluded") else { return [] }
        var ids: [LedgerID] = []
        for text in try members.texts("excluded", 1...LedgerLimits.references) {
            guard let id = LedgerID(text) else { throw members.refusal("excluded", "holds no UUID of version 7") }
            ids.append(id)
        }
        return ids
    }
}

extension ManifestFile {
    fileprivate var members: [String: CanonicalJSON] {
        ["path": .string(path), "sha256": .string(sha256.description), "size": .integer(size)]
    }

    fileprivate init(reading members: Members, limit: UInt64) throws(LedgerRefusal) {
        path = try members.text("path")
        guard Self.isPath(path) else { throw members.refusal("path", "is no relative path of plain letters") }
        sha256 = try members.digest("sha256")
        size = try members.integer("size")
        guard size <= limit else { throw members.refusal("size", "is more than \(limit) bytes") }
    }
}

extension Manifest.Chunk {
    fileprivate var json: CanonicalJSON {
        var members = file.members
        members["host"] = .string(host)
        members["records"] = .integer(records)
        members["side"] = .string(side.rawValue)
        return .object(members)
    }
}

extension Manifest.Gap {
    fileprivate var json: CanonicalJSON {
        .object([
            "from": .string(window.from.description), "host": .string(host), "reason": .string(reason),
            "to": .string(window.to.description),
        ])
    }
}
