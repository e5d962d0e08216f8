import Glibc

/// One process per store: two collectors on one file would both judge, and neither would see what the other keeps in
/// memory. The kernel lets go of the lock when the process ends, however it ends.
struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// - Throws: `unavailable` when another process holds it.
    init(path: String) throws(StoreError) {
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else {
            throw .unavailable("\(path): cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(opened)
            throw .unavailable("\(path): another collector uses this store; stop it first")
        }
        descriptor = opened
    }

    deinit { Glibc.close(descriptor) }
}
