// Reads what people name on the command line, within a bound. Must never read without an end, and names the file in
// every complaint.
import Foundation

enum InputFile {
    /// Standard input.
    static let dash = "-"

    /// As messages call it.
    static func name(_ path: String) -> String { path == dash ? "standard input" : path }

    /// - Parameter what: how a complaint calls it, such as "the roll-out file".
    static func read(_ path: String, mostBytes: Int, what: String) throws(Failure) -> [UInt8] {
        let name = Self.name(path)
        let handle: FileHandle
        if path == dash {
            handle = FileHandle.standardInput
        } else {
            var isDirectory = ObjCBool(false)
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
                throw Failure.usage("\(what) \(path) is not there", mend: "check the path")
            }
            guard !isDirectory.boolValue else {
                throw Failure.usage("\(what) \(path) is a directory", mend: "name a file")
            }
            guard let opened = FileHandle(forReadingAtPath: path) else {
                throw Failure.usage("\(what) \(path) cannot be opened", mend: "check its owner and mode")
            }
            handle = opened
        }
        var bytes: [UInt8] = []
        do {
            while let chunk = try handle.read(upToCount: 1 << 16), !chunk.isEmpty {
                bytes += chunk
                if bytes.count > mostBytes { break }
            }
        } catch {
            throw Failure.usage("\(what) \(name) cannot be read: \(error)", mend: "check the file")
        }
        guard bytes.count <= mostBytes else {
            throw Failure.usage("\(what) \(name) is larger than \(mostBytes) bytes", mend: "check that it is the one")
        }
        return bytes
    }
}
