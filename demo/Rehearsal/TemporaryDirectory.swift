import Foundation

/// A fresh directory, readable by its owner alone, that is removed with everything in it.
/// Never removes a directory that it has not made.
public struct TemporaryDirectory: Sendable {
    public let path: String

    /// - Parameter label: Part of the directory's name, for a person who finds it.
    /// - Throws: `RehearsalError.system` when it cannot be made.
    public init(label: String) throws {
        let parent = FileManager.default.temporaryDirectory.path
        let template = "\(parent)/perch-\(label).XXXXXX"
        var bytes = template.utf8CString.map { $0 }
        guard mkdtemp(&bytes) != nil else {
            throw RehearsalError.system("make a directory like \(template)", errno)
        }
        path = String(decoding: bytes.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    public func file(_ name: String) -> String { path + "/" + name }

    /// Makes a directory inside.
    public func directory(_ name: String) throws -> String {
        let inner = file(name)
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
        return inner
    }

    /// Writes a text file for the owner's eyes.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        let target = file(name)
        let made = FileManager.default.createFile(
            atPath: target, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        guard made else { throw RehearsalError.system("write \(target)", errno) }
        return target
    }

    public func remove() { try? FileManager.default.removeItem(atPath: path) }
}
