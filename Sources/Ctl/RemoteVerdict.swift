// A verdict that the collector still has: fetched as an archive, with proofs as of now.
import Foundation
import Ledger

struct RemoteVerdict {
    /// `nil`: the configured one.
    let server: String?
    let id: String

    private static let mostTries = 5

    /// An address that ends in a verdict's id, whatever stands behind the id's dot, or the id alone.
    init?(_ text: String) {
        if LedgerID(text) != nil {
            (server, id) = (nil, text)
            return
        }
        guard text.hasPrefix("https://"), let url = URL(string: text), let host = url.host() else { return nil }
        let name = url.lastPathComponent.prefix { $0 != "." }
        guard LedgerID(name) != nil else { return nil }
        let shown = host.contains(":") ? "[\(host)]" : host
        server = "https://\(shown)" + (url.port.map { ":\($0)" } ?? "")
        id = String(name)
    }

    /// A downloaded file, to be removed.
    struct File {
        let path: String
        func remove() { try? FileManager.default.removeItem(atPath: path) }
    }

    func fetch(_ client: Client) async throws -> File {
        let file = File(path: FileManager.default.temporaryDirectory.path + "/perchctl-\(UUID().uuidString).tar")
        let request = Client.Request(path: ["reports", "\(id).tar"], timeout: .seconds(3600))
        _ = try await client.download(request, to: file.path, mode: 0o600)
        return file
    }

    /// Both proofs must lead to one checkpoint, and the log may grow between two questions.
    func completeGrowth(_ proof: inout GrowthProof, keys: TrustedKeys, _ client: Client) async throws {
        guard let earlier = proof.earlier else { return }
        let old: Checkpoint
        do {
            old = try Checkpoint(note: SignedNote(reading: earlier), log: keys.log)
        } catch {
            throw Failure.usage("the kept checkpoint cannot be used: \(error)", mend: "name the right file")
        }
        for _ in 0..<Self.mostTries {
            let consistency = try await client.send(.init(path: ["ledger", "consistency", "\(old.size)"])).body
            let inclusion = try await client.send(.init(path: ["ledger", "proof", id])).body
            guard let growth = try? ConsistencyText(reading: consistency).note,
                let entry = try? TlogProof(reading: inclusion).note
            else { throw Failure(status: .closed, problem: "NOT AUTHENTIC: the proofs cannot be read", mend: "") }
            (proof.consistency, proof.inclusion) = (consistency, inclusion)
            if growth.text == entry.text { return }
        }
    }
}
