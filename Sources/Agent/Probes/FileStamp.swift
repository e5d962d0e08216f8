// What tells whether a file is still the one that was digested: identity, size and both times. The change time is in
// it because anyone who may write a file may also set its modification time.
import Glibc

struct FileStamp: Equatable {
    var device: UInt64
    var inode: UInt64
    var sizeBytes: Int64
    var modified: Int64
    var modifiedNanoseconds: Int64
    var changed: Int64
    var changedNanoseconds: Int64
    var isRegular: Bool

    /// `nil` with `errno` set.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        sizeBytes = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec)
        modifiedNanoseconds = Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec)
        changedNanoseconds = Int64(status.st_ctim.tv_nsec)
        isRegular = status.st_mode & S_IFMT == S_IFREG
    }
}
