import FoundationEssentials
import Ledger
import Logging
import Shared
import Synchronization

/// The permissions in force. A changed file is loaded, verified and swapped in as a whole; while it has a mistake the
/// old rules stay. Every request asks anew, so a grant that is taken away works from the next request on.
final class AccessRules: Sendable {
    private let path: String
    private let domain: String
    private let table: Mutex<AccessTable>
    private let logger: Logger

    /// - Throws: `FileMistakes`.
    init(path: String, domain: String, logger: Logger) throws {
        self.path = path
        self.domain = domain
        self.logger = logger
        let first = try Self.load(path, domain)
        table = Mutex(first)
        logger.notice("permissions in force: sha256 \(first.digest)")
    }

    /// - Throws: `FileMistakes`; the old rules stay in force.
    func reload() throws {
        let loaded = try Self.load(path, domain)
        let before = table.withLock { current in
            defer { current = loaded }
            return current.digest
        }
        if before != loaded.digest { logger.notice("permissions in force: sha256 \(loaded.digest)") }
    }

    /// SHA-256 of the file in force, hex.
    var digest: String { table.withLock { $0.digest } }

    /// The file differs from what is in force.
    var isStale: Bool {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { return true }
        return Digest(of: data).description != digest
    }

    /// - Parameter rollout: the one that the action is about, and who created it; `nil` asks for the role alone.
    /// - Throws: `not-granted`, or `not-found` where the caller may not learn whether the roll-out exists.
    func require(_ action: Action, caller: SpiffeID, rollout: (id: String, creator: String)? = nil) throws(Problem) {
        try table.withLock { $0 }.require(action, caller: caller, rollout: rollout)
    }

    private static func load(_ path: String, _ domain: String) throws -> AccessTable {
        guard let data = try? Data(contentsOf: URL(filePath: path)),
            let text = String(validating: data, as: UTF8.self)
        else {
            throw FileMistakes(all: [
                FileMistake(file: path, line: 1, sentence: "cannot be read; does it exist, and may this user read it?")
            ])
        }
        return try AccessTable(text: text, file: path, domain: domain)
    }
}
