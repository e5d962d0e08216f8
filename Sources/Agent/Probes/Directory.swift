// Names in a directory, targets of links and whether a thing is there: what the probes ask of sysfs and the control
// group tree. It reads names only and never follows one by itself.
import Glibc
import Terms

enum Directory {
    struct Entry {
        var name: String
        var inode: UInt64
        var isDirectory: Bool
    }

    /// At most `limit` entries, `.` and `..` left out, in the order in which the kernel gives them.
    static func entries(_ path: String, limit: Int) throws(AbsenceCause) -> [Entry] {
        guard let stream = opendir(path) else { throw AbsenceCause(errno: errno) }
        defer { closedir(stream) }
        var found: [Entry] = []
        while found.count < limit, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." { continue }
            let isDirectory = entry.pointee.d_type == UInt8(DT_DIR)
            found.append(Entry(name: name, inode: UInt64(entry.pointee.d_ino), isDirectory: isDirectory))
        }
        return found
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Where a symbolic link points, as written in it.
    static func linkTarget(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0, count < buffer.count else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
