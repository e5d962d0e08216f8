// Fetches the audit trail of a time, statement by statement. Evidence that several verdicts name is fetched once.
import Evaluation
import Evidence
import Foundation
import Ledger
import Shared

struct AuditExport {
    let client: Client
    let directory: OutputDirectory
    /// RFC 3339 in UTC: their order as text is that of time.
    let from: String
    let to: String
    private var verdicts: [StatementView] = []
    private var decisions: [StatementView] = []
    private var reports: ExportedReports
    /// By file of evidence.
    private var blocksWithLogins: [String: [HostBlock]] = [:]

    init(client: Client, directory: OutputDirectory, from: String, to: String) {
        reports = ExportedReports(client: client)
        self.client = client
        self.directory = directory
        self.from = from
        self.to = to
    }

    mutating func run() async throws -> (verdicts: Int, decisions: Int) {
        let keys = try await client.ledgerKeys()
        if let other = directory.read("keys/log.vkey"), other != Array((keys.log.text + "\n").utf8) {
            throw Failure.usage(
                "\(directory.path) holds the trail of another log", mend: "name another directory")
        }
        try OutputDirectory(directory.path + "/keys").write(keys)
        let note = try await client.send(.init(path: ["ledger", "checkpoint"])).body
        let size = try Self.refused { () throws(LedgerRefusal) in
            try Checkpoint(text: SignedNote(reading: note).text).size
        }
        try directory.write(note, to: "log/checkpoint")
        try await writeTiles(size)
        try await listStatements()
        for verdict in verdicts { try await write(verdict: verdict) }
        for decision in decisions { try await write(decision: decision) }
        try directory.write(Array(AuditIndex.readme.utf8), to: "README.txt")
        let index = AuditIndex(from: from, to: to, verdicts: verdicts, decisions: decisions, entries: size)
        try directory.write(Array(index.html.utf8), to: "index.html")
        return (verdicts.count, decisions.count)
    }

    /// Newest first, until they are older than the time that is asked for.
    private mutating func listStatements() async throws {
        var before: String?
        while true {
            var query = [(name: "limit", value: "\(Limits.pageSize)")]
            if let before { query.append((name: "before", value: before)) }
            let page = try client.decode(
                StatementPage.self, from: try await client.send(.init(path: ["ledger", "statements"], query: query)))
            for statement in page.statements where statement.at >= from && statement.at < to {
                if statement.kind == "verdict" { verdicts.append(statement) } else { decisions.append(statement) }
            }
            // Times follow the log's order but for seconds.
            guard page.statements.count == Limits.pageSize, let last = page.statements.last,
                page.statements.contains(where: { $0.at >= from })
            else { return }
            before = last.index
        }
    }

    private mutating func write(verdict: StatementView) async throws {
        let folder = "rollouts/\(verdict.rollout)/"
        let name = folder + "verdicts/\(verdict.id)"
        // The last file of a verdict: what is here needs not be fetched again.
        guard !directory.has(name + ".tlog-proof") else { return }
        func fetch(_ path: [String]) async throws -> [UInt8] {
            try await client.send(.init(path: ["reports"] + path, timeout: .seconds(300))).body
        }
        let envelope = try await fetch(["\(verdict.id).dsse.json"])
        let (signed, statement) = try Self.refused { () throws(LedgerRefusal) in
            let signed = try Envelope(reading: envelope)
            return (signed, try VerdictStatement(reading: signed.payload))
        }
        let manifestBytes = try await fetch([verdict.id, "evidence", "manifest.json"])
        let manifest = try Self.refused { () throws(LedgerRefusal) in
            guard Digest(of: manifestBytes) == statement.evidence.sha256 else {
                throw LedgerRefusal(.evidence, "the manifest of \(verdict.id) is not the one that was signed")
            }
            return try Manifest(reading: manifestBytes)
        }
        for file in [manifest.policy] + [manifest.context].compactMap({ $0 }) + manifest.chunks.map(\.file) {
            let target = folder + "evidence/" + file.path
            guard !directory.has(target) else { continue }
            let bytes = try await fetch([verdict.id, "evidence"] + file.path.split(separator: "/").map(String.init))
            try Self.refused { () throws(LedgerRefusal) in try file.check(bytes) }
            try directory.write(bytes, to: target)
        }
        try directory.write(envelope, to: name + ".dsse.json")
        try directory.write(manifestBytes, to: name + ".manifest.json")
        let json = try await client.send(.init(path: ["reports", "\(verdict.id).json"]))
        try directory.write(json.body, to: name + ".json")
        let proof = try await fetch(["\(verdict.id).tlog-proof"])
        let report = try await reports.html(
            client.decode(VerdictView.self, from: json), statement: statement, envelope: signed,
            proof: try Self.refused { () throws(LedgerRefusal) in try TlogProof(reading: proof) },
            logins: try logins(manifest, folder: folder))
        try directory.write(report, to: name + ".html")
        try directory.write(proof, to: name + ".tlog-proof")
    }

    /// Read from the evidence that lies in the directory, each file once.
    private mutating func logins(_ manifest: Manifest, folder: String) throws -> LoginList {
        var book = LoginBook()
        for chunk in manifest.chunks {
            let name = folder + "evidence/" + chunk.file.path
            let blocks = try blocksWithLogins[name] ?? EvidenceRow.hosts(directory.read(name) ?? []).filter(\.hasLogins)
            blocksWithLogins[name] = blocks
            // The hosts' past is evidence as well, and not of this time.
            for block in blocks where Int64(block.index * block.blockSeconds) >= manifest.window.from.unixSeconds {
                book.add(block)
            }
        }
        return book.list(manifest.window)
    }

    private func write(decision: StatementView) async throws {
        let name = "decisions/\(decision.id)"
        guard !directory.has(name + ".tlog-proof") else { return }
        let envelope = try await client.send(.init(path: ["ledger", "statements", decision.id])).body
        let record = try Self.refused { () throws(LedgerRefusal) in
            try Envelope(reading: envelope).payload
        }
        try directory.write(envelope, to: name + ".dsse.json")
        try directory.write(record, to: name + ".json")
        let proof = try await client.send(.init(path: ["ledger", "proof", decision.id])).body
        try directory.write(proof, to: name + ".tlog-proof")
    }

    /// The whole log, as tiles: its hashes and its entries.
    private func writeTiles(_ size: UInt64) async throws {
        for level in 0..<Tile.levels {
            var index: UInt64 = 0
            while let tile = Tile(level: level, index: index, size: size) {
                try await write(tile: tile.path)
                index += 1
            }
        }
        var index: UInt64 = 0
        while let bundle = EntryBundle(index: index, size: size) {
            try await write(tile: bundle.path)
            index += 1
        }
    }

    private func write(tile path: String) async throws {
        guard !directory.has("log/" + path) else { return }
        let parts = path.split(separator: "/").map(String.init)
        try directory.write(try await client.send(.init(path: ["ledger"] + parts)).body, to: "log/" + path)
    }

    private static func refused<Result>(_ body: () throws(LedgerRefusal) -> Result) throws(Failure) -> Result {
        do {
            return try body()
        } catch {
            throw Failure(status: .closed, problem: "NOT AUTHENTIC: \(error)", mend: "do not rely on this collector")
        }
    }
}
