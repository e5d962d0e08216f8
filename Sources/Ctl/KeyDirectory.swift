// The keys that a verifier believes, from files that the verifier holds. Must never take one from an archive.
import Foundation
import Ledger

enum KeyDirectory {
    private static let mostFiles = 64

    /// `*.json` are verdict signers, `log*.vkey` the log, all other `*.vkey` witnesses.
    /// - Throws: `Failure` naming the file.
    static func read(_ directory: String, witnesses required: Int) throws(Failure) -> TrustedKeys {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory).sorted() else {
            throw Failure.usage(
                "the keys' directory \(directory) cannot be read",
                mend: "put verdict-signer.json and log.vkey into it, from a channel that you trust")
        }
        var signers: [VerifyingKey] = []
        var logs: [NoteKey] = []
        var witnesses: [NoteKey] = []
        for name in names.prefix(mostFiles) where name.hasSuffix(".json") || name.hasSuffix(".vkey") {
            let path = directory + "/" + name
            let bytes = try InputFile.read(path, mostBytes: 1 << 16, what: "the key")
            do {
                if name.hasSuffix(".json") {
                    signers.append(try VerifyingKey(text: bytes))
                } else if name.hasPrefix("log") {
                    logs.append(try NoteKey(text: bytes))
                } else {
                    witnesses.append(try NoteKey(text: bytes))
                }
            } catch {
                throw Failure.usage("\(path): \(error)", mend: "get the key again, as it was published")
            }
        }
        guard !signers.isEmpty, logs.count == 1, let log = logs.first else {
            throw Failure.usage(
                "\(directory) holds \(signers.count) signers' keys and \(logs.count) logs' keys",
                mend: "it must hold at least one signer (.json) and exactly one log (log*.vkey)")
        }
        guard witnesses.count >= required else {
            throw Failure.usage(
                "\(required) witnesses are asked for, \(directory) holds the keys of \(witnesses.count)",
                mend: "add their .vkey files")
        }
        return TrustedKeys(signers: signers, log: log, witnesses: witnesses, requiredWitnesses: required)
    }
}
