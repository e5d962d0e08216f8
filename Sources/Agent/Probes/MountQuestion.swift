// One question to a mount that may be dead, asked on a thread of its own that is left to it. The asker waits as long
// as it likes and may come back for the answer later; it must never join the thread.
import Glibc
import Synchronization
import Terms

final class MountQuestion: Sendable {
    private let ask: @Sendable () -> Reading<FilesystemSpace>
    private let result = Mutex<Reading<FilesystemSpace>?>(nil)
    /// The thread closes its end of this pipe when it has answered; the other end is ours.
    private let readEnd: Int32
    private let writeEnd: Int32

    private init(ask: @escaping @Sendable () -> Reading<FilesystemSpace>, readEnd: Int32, writeEnd: Int32) {
        self.ask = ask
        self.readEnd = readEnd
        self.writeEnd = writeEnd
    }

    deinit { close(readEnd) }

    /// `nil`: no thread or pipe to be had.
    static func start(_ ask: @escaping @Sendable () -> Reading<FilesystemSpace>) -> MountQuestion? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let question = MountQuestion(ask: ask, readEnd: ends[0], writeEnd: ends[1])
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 256 << 10)
        var thread = pthread_t()
        let context = Unmanaged.passRetained(question)
        let failure = pthread_create(
            &thread, &attributes,
            { pointer in
                guard let pointer else { return nil }
                Unmanaged<MountQuestion>.fromOpaque(pointer).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard failure == 0 else {
            context.release()
            close(ends[1])
            return nil
        }
        return question
    }

    private func run() {
        let answer = ask()
        result.withLock { $0 = answer }
        close(writeEnd)
    }

    var isAnswered: Bool { result.withLock { $0 != nil } }

    func answer(waitMilliseconds: Int64) -> Reading<FilesystemSpace>? {
        let deadline = Deadline(milliseconds: waitMilliseconds)
        while !isAnswered {
            let left = deadline.millisecondsLeft
            guard left > 0 else { break }
            var descriptor = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
            // An interrupted wait goes round again with what is left.
            _ = poll(&descriptor, 1, Int32(min(left, 60_000)))
        }
        return result.withLock { $0 }
    }
}
