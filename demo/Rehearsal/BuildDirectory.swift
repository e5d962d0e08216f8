import Foundation

/// Where Perch's own programs of this build lie: beside the running one, be that the demonstration or the tests.
public enum BuildDirectory {
    /// - Returns: `nil` for a program that has not been built.
    public static func program(_ name: String) -> String? {
        guard let directory else { return nil }
        let path = directory + "/" + name
        return access(path, X_OK) == 0 ? path : nil
    }

    public static var directory: String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        guard length > 0, length < buffer.count else { return nil }
        let path = String(decoding: buffer[..<length], as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) }
    }
}
