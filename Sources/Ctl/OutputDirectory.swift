// A directory that a verb fills. Must never replace a file that somebody else put there without being asked, nor leave
// half a file under its name.
import Foundation
import Ledger

struct OutputDirectory {
    let path: String

    /// Makes it if it is not there.
    init(_ path: String) throws(Failure) {
        self.path = path
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw Failure.usage("the directory \(path) cannot be made", mend: "check where it is to be")
        }
    }

    /// - Parameter name: relative, with the directories that it needs.
    func write(_ bytes: [UInt8], to name: String) throws(Failure) {
        let url = URL(filePath: path + "/" + name)
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url, options: .atomic)
        } catch {
            throw Failure.usage("\(url.path) cannot be written", mend: "check its directory and the space on the disk")
        }
    }

    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }

    func read(_ name: String) -> [UInt8]? { FileManager.default.contents(atPath: path + "/" + name).map { Array($0) } }

    /// Under the names that `--keys` reads.
    func write(_ keys: (signer: VerifyingKey, log: NoteKey)) throws(Failure) {
        try write(keys.signer.text, to: "verdict-signer.json")
        try write(Array((keys.log.text + "\n").utf8), to: "log.vkey")
    }
}
