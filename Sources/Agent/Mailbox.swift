// How other threads, and signals, tell the main thread that something happened: a message, and a byte in a pipe, so
// that no wake-up can fall between a check and a wait.
import Glibc
import Synchronization

/// Set by the handler of SIGTERM and SIGINT, which may do nothing but this and a write to the pipe.
private let isTerminationRequested = Atomic<Bool>(false)
private let terminationPipe = Atomic<Int32>(-1)

final class Mailbox<Message: Sendable>: Sendable {
    private let messages = Mutex<[Message]>([])
    private let readEnd: Int32
    fileprivate let writeEnd: Int32

    /// `nil`, with `errno` set, when the system gives no more descriptors.
    init?() {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    func post(_ message: Message) {
        let isFirst = messages.withLock { messages in
            messages.append(message)
            return messages.count == 1
        }
        // A full pipe is a wake-up that is already there.
        if isFirst {
            var byte: UInt8 = 0
            _ = write(writeEnd, &byte, 1)
        }
    }

    /// Readable when there is a message or was a signal. The caller's own, to be closed by it; -1 with `errno` set.
    func descriptorToWatch() -> Int32 { fcntl(readEnd, F_DUPFD_CLOEXEC, 0) }

    /// Everything posted so far.
    func take() -> [Message] {
        messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }

    /// The same; waits for at most so long if there is nothing. A signal ends the wait early.
    func take(waitingMicroseconds: UInt64) -> [Message] {
        var entry = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        // Rounded up: a wait that ends early would turn into a busy loop.
        let milliseconds = min((waitingMicroseconds + 999) / 1000, UInt64(Int32.max))
        _ = poll(&entry, 1, Int32(milliseconds))
        var scratch = (UInt64(0), UInt64(0))
        while withUnsafeMutableBytes(of: &scratch, { read(readEnd, $0.baseAddress, $0.count) }) > 0 {}
        return take()
    }
}

enum Termination {
    /// SIGTERM and SIGINT wake the mailbox and are remembered. Once per process.
    static func arm(waking mailbox: Mailbox<some Sendable>) {
        terminationPipe.store(mailbox.writeEnd, ordering: .relaxed)
        isTerminationRequested.store(false, ordering: .relaxed)
        for number in [SIGTERM, SIGINT] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in
                let code = errno
                isTerminationRequested.store(true, ordering: .relaxed)
                var byte: UInt8 = 0
                _ = write(terminationPipe.load(ordering: .relaxed), &byte, 1)
                errno = code
            }
            action.sa_flags = SA_RESTART
            sigaction(number, &action, nil)
        }
        signal(SIGPIPE, SIG_IGN)
        // A parent may have started the agent with them blocked, as a thread of Dispatch does.
        var wanted = sigset_t()
        sigemptyset(&wanted)
        sigaddset(&wanted, SIGTERM)
        sigaddset(&wanted, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
    }

    static var isRequested: Bool { isTerminationRequested.load(ordering: .relaxed) }
}
