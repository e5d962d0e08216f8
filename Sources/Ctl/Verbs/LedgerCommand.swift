// `perchctl ledger`: the log of everything that was decided: its newest entries, its keys, and a check of all of it.
// Must never take the log's own word for what a computation can show.
import ArgumentParser
import Foundation
import Ledger
import Shared

struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Read and check the log of verdicts and decisions.",
        discussion: "Example: perchctl ledger check --keys keys --checkpoint seen",
        subcommands: [ListLedger.self, CheckLedger.self, LedgerKeysCommand.self])
}

struct ListLedger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the newest entries.",
        discussion: "Example: perchctl ledger list --limit 20")

    @Option(help: ArgumentHelp("Only entries before this index.", valueName: "index"))
    var before: UInt64?
    @Option(help: ArgumentHelp("How many.", valueName: "number"))
    var limit = 50
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        if !(1...Limits.pageSize).contains(limit) { throw ValidationError("--limit takes 1 to \(Limits.pageSize)") }
    }

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            var query = [(name: "limit", value: "\(limit)")]
            if let before { query.append((name: "before", value: "\(before)")) }
            let answer = try await client.send(.init(path: ["ledger", "statements"], query: query))
            if connection.json { return Console.standard.json(answer.body) }
            let page = try client.decode(StatementPage.self, from: answer)
            var table = Table("ENTRY", "TIME", "KIND", "BY", "WHAT")
            for statement in page.statements {
                table.add([
                    Table.Cell(statement.index), Table.Cell(statement.at), Table.Cell(statement.kind),
                    Table.Cell(statement.by), Table.Cell(statement.summary),
                ])
            }
            Console.standard.show(table)
        }
    }
}

struct LedgerKeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Write the collector's public keys into a directory.",
        discussion: """
            Example: perchctl ledger keys --output keys

            Compare them with what the operator gave you in another way before you trust them.
            """)

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("A directory; it is made if it is not there.", valueName: "directory"),
        completion: .directory)
    var output: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            let keys = try await client.ledgerKeys()
            try OutputDirectory(output).write(keys)
            Console.standard.line("signer  \(keys.signer.keyID)")
            Console.standard.line("log     \(keys.log.text)")
        }
    }
}

struct CheckLedger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Fetch the whole log and check it against its signed checkpoint.",
        discussion: """
            Example: perchctl ledger check --keys keys --checkpoint seen

            Every entry is read and hashed; the root must be the one that was signed. With --checkpoint the log must \
            also begin with what was seen before; the file is then replaced by the newer checkpoint. Exits 1 when \
            something is wrong.
            """)

    @Option(
        name: .customLong("keys"), help: ArgumentHelp("Directory of the keys that you trust.", valueName: "directory"),
        completion: .directory)
    var keyDirectory: String
    @Option(help: ArgumentHelp("A checkpoint, kept from before.", valueName: "file"), completion: .file())
    var checkpoint: String?
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let log = try KeyDirectory.read(keyDirectory, witnesses: 0).log
        try await Client.with(try connection.settings()) { client in
            let note = try await client.send(.init(path: ["ledger", "checkpoint"])).body
            do {
                let newest = try Checkpoint(note: SignedNote(reading: note), log: log)
                var tree = LogHash()
                if let checkpoint, FileManager.default.fileExists(atPath: checkpoint) {
                    let bytes = try InputFile.read(checkpoint, mostBytes: 1 << 17, what: "the checkpoint")
                    tree.earlier = try Checkpoint(note: SignedNote(reading: bytes), log: log)
                }
                try await client.readLog(of: newest.size) { try tree.add($0) }
                try tree.check(newest)
                Console.standard.line("\(newest.origin): all \(newest.size) entries hash to the signed root")
                if let earlier = tree.earlier {
                    Console.standard.line("it begins with the \(earlier.size) entries that were seen before")
                }
            } catch let refusal as LedgerRefusal {
                throw Failure(status: .closed, problem: "NOT AUTHENTIC: \(refusal)", mend: "keep what you have fetched")
            }
            if let checkpoint { try Data(note).write(to: URL(filePath: checkpoint), options: .atomic) }
        }
    }
}

/// Entries in their order, and whether their tree is the one that was signed.
private struct LogHash {
    /// Seen before: the log must begin with it.
    var earlier: Checkpoint?
    private var range = CompactRange()

    mutating func add(_ entry: [UInt8]) throws {
        range.append(Merkle.leaf(entry))
        if let earlier, earlier.size == range.size { try Self.compare(range, earlier) }
    }

    func check(_ newest: Checkpoint) throws {
        if let earlier, earlier.size > newest.size {
            throw LedgerRefusal(
                .consistency, "the log has \(newest.size) entries, fewer than the \(earlier.size) seen before")
        }
        try Self.compare(range, newest)
    }

    private static func compare(_ range: CompactRange, _ checkpoint: Checkpoint) throws {
        guard range.size == checkpoint.size, range.root == checkpoint.root else {
            throw LedgerRefusal(
                .log,
                "its first \(checkpoint.size) entries are not those that were signed: an entry was changed, "
                    + "removed or moved, or the log was forked")
        }
    }
}

extension Client {
    func ledgerKeys() async throws -> (signer: VerifyingKey, log: NoteKey) {
        let answer = try await send(.init(path: ["ledger", "keys"]))
        let keys = try decode(LedgerKeys.self, from: answer)
        do {
            return (try VerifyingKey(text: Array(keys.signer.utf8)), try NoteKey(text: Array(keys.log.utf8)))
        } catch {
            throw Failure.unreachable("the collector's keys cannot be read: \(error)", mend: "ask its operator")
        }
    }

    /// All entries in their order, a bundle at a time.
    func readLog(of size: UInt64, _ take: ([UInt8]) throws -> Void) async throws {
        var index: UInt64 = 0
        while let bundle = EntryBundle(index: index, size: size) {
            let path = ["ledger"] + bundle.path.split(separator: "/").map(String.init)
            let bytes = try await send(.init(path: path)).body
            for entry in try bundle.decode(bytes) { try take(entry) }
            index += 1
        }
    }
}
