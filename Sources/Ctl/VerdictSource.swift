// Where the files of a verdict come from: a .tar, a directory, or the verdicts of an audit export. Must never look
// outside of what the user named.
import Foundation
import Ledger

/// An archive's files, read when they are asked for.
struct VerdictSource {
    let names: ArchiveNames
    let read: ReadArchive

    /// - Parameter path: a .tar, a directory that was one, or `DIRECTORY/ID` for the files `ID.dsse.json` … of an
    ///   audit export.
    /// - Throws: `Failure` for what is none of these.
    init(path: String) throws(Failure) {
        var isDirectory = ObjCBool(false)
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        if exists, isDirectory.boolValue {
            self.init(directory: path, names: ArchiveNames())
        } else if exists {
            try self.init(tar: path)
        } else if FileManager.default.fileExists(atPath: path + ".dsse.json") {
            let url = URL(filePath: path)
            self.init(directory: url.deletingLastPathComponent().path, names: .exported(url.lastPathComponent))
        } else {
            throw Failure.usage(
                "\(path) is not there", mend: "name a .tar, its unpacked directory, or DIRECTORY/ID of an audit export")
        }
    }

    private init(directory: String, names: ArchiveNames) {
        self.names = names
        read = { name, limit in
            guard let handle = FileHandle(forReadingAtPath: directory + "/" + name) else { return nil }
            defer { try? handle.close() }
            return try handle.readAll(atMost: limit + 1)
        }
    }

    private init(tar path: String) throws(Failure) {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw Failure.usage("\(path) cannot be opened", mend: "check its owner and mode")
        }
        let files: [String: Range<UInt64>]
        do {
            let size = try handle.seekToEnd()
            files = try TarArchive.files(size: size) { try handle.bytes(in: $0) }
        } catch {
            throw Failure.usage("\(path) is no archive of a verdict: \(error)", mend: "fetch it again")
        }
        names = ArchiveNames()
        read = { name, limit in
            guard let range = files[name] else { return nil }
            let end = min(range.upperBound, range.lowerBound + UInt64(limit) + 1)
            return try handle.bytes(in: range.lowerBound..<end)
        }
    }
}

extension ArchiveNames {
    /// As `perchctl audit export` lays them out: evidence is shared by a roll-out's verdicts.
    static func exported(_ id: String) -> ArchiveNames {
        var names = ArchiveNames()
        names.envelope = "\(id).dsse.json"
        names.proof = "\(id).tlog-proof"
        names.manifest = "\(id).manifest.json"
        names.evidence = "../evidence/"
        return names
    }
}

extension FileHandle {
    func bytes(in range: Range<UInt64>) throws -> [UInt8] {
        try seek(toOffset: range.lowerBound)
        return try readAll(atMost: Int(range.upperBound - range.lowerBound))
    }

    func readAll(atMost count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count, let piece = try read(upToCount: min(count - bytes.count, 1 << 20)), !piece.isEmpty {
            bytes += piece
        }
        return bytes
    }
}
