// The one thread for work that may block: probes, name look-ups, flushing to disk. Jobs run in order, each with a
// deadline. A job that does not come back keeps its thread, which ends when it does, and a new thread takes the rest:
// nothing here can cancel a system call, and nothing here waits for one. The queue belongs to the main thread.
import Glibc
import Synchronization

final class Worker<Answer: Sendable> {
    typealias Work = @Sendable () -> Answer

    struct Completion: Sendable {
        var job: UInt64
        var durationMicroseconds: UInt64
        var answer: Answer
    }

    private struct Job {
        var id: UInt64
        var deadlineMicroseconds: UInt64
        var work: Work
    }

    private let clock: Clock
    private let post: @Sendable (Completion) -> Void
    private var queue: [Job] = []
    private var running: (id: UInt64, untilMicroseconds: UInt64)?
    private var thread: WorkerThread<Answer>?
    private var lastID: UInt64 = 0
    /// Threads that were left to a stuck job and have not come back.
    private(set) var stuckThreads: Set<UInt64> = []

    /// - Parameter post: called on the worker's thread.
    init(clock: Clock, post: @escaping @Sendable (Completion) -> Void) {
        self.clock = clock
        self.post = post
    }

    /// - Returns: the job's id, which its completion will carry.
    func submit(deadlineMilliseconds: Int, _ work: @escaping Work) -> UInt64 {
        lastID += 1
        queue.append(
            Job(id: lastID, deadlineMicroseconds: UInt64(max(1, deadlineMilliseconds)) * 1000, work: work))
        startNext()
        return lastID
    }

    /// To be told of every completion, also of late ones.
    func completed(_ id: UInt64) {
        stuckThreads.remove(id)
        guard running?.id == id else { return }
        running = nil
        startNext()
    }

    /// When `expire` is to be called next.
    var nextDeadlineMicroseconds: UInt64? { running?.untilMicroseconds }

    /// Gives up the running job if its time is over.
    func expire() -> UInt64? {
        guard let running, running.untilMicroseconds <= clock.monotonicMicroseconds() else { return nil }
        return giveUpRunning()
    }

    /// Leaves the thread to the job that runs on it, whatever its deadline says.
    func giveUpRunning() -> UInt64? {
        guard let id = running?.id else { return nil }
        running = nil
        stuckThreads.insert(id)
        thread?.finish()
        thread = nil
        startNext()
        return id
    }

    /// Takes jobs back that have not begun.
    /// - Returns: those that were still waiting.
    func withdraw(_ ids: Set<UInt64>) -> Set<UInt64> {
        let withdrawn = Set(queue.map(\.id)).intersection(ids)
        queue.removeAll { withdrawn.contains($0.id) }
        return withdrawn
    }

    func isRunning(_ id: UInt64) -> Bool { running?.id == id }

    func stop() {
        queue = []
        thread?.finish()
        thread = nil
    }

    private func startNext() {
        guard running == nil, !queue.isEmpty else { return }
        // Out of threads: the job stays in the queue and is tried again with the next one.
        guard let thread = self.thread ?? WorkerThread(clock: clock, post: post) else { return }
        self.thread = thread
        let job = queue.removeFirst()
        running = (job.id, clock.monotonicMicroseconds() + job.deadlineMicroseconds)
        thread.give(job.id, job.work)
    }
}

/// A thread that runs what it is given until it is told to finish.
private final class WorkerThread<Answer: Sendable>: Sendable {
    private struct State {
        var next: (id: UInt64, work: Worker<Answer>.Work)?
        var isFinishing = false
    }

    private let state = Mutex(State())
    private let signal = Signal()
    private let clock: Clock
    private let post: @Sendable (Worker<Answer>.Completion) -> Void

    init?(clock: Clock, post: @escaping @Sendable (Worker<Answer>.Completion) -> Void) {
        self.clock = clock
        self.post = post
        guard Thread.start({ self.run() }) else { return nil }
    }

    func give(_ id: UInt64, _ work: @escaping Worker<Answer>.Work) {
        state.withLock { $0.next = (id, work) }
        signal.send()
    }

    func finish() {
        state.withLock { $0.isFinishing = true }
        signal.send()
    }

    private func run() {
        while true {
            signal.wait()
            let (next, isFinishing) = state.withLock { state in
                defer { state.next = nil }
                return (state.next, state.isFinishing)
            }
            if let next {
                let start = clock.monotonicMicroseconds()
                let answer = next.work()
                let duration = clock.monotonicMicroseconds() &- start
                post(Worker.Completion(job: next.id, durationMicroseconds: duration, answer: answer))
            }
            if isFinishing || state.withLock({ $0.isFinishing }) { return }
        }
    }
}

enum Thread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// A detached thread: nobody waits for it, because it may never end.
    /// - Returns: false when the system gives no more threads.
    static func start(_ run: @escaping @Sendable () -> Void) -> Bool {
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let body = Unmanaged.passRetained(Body(run))
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        pthread_attr_destroy(&attributes)
        if code != 0 { body.release() }
        return code == 0
    }
}

/// A counting semaphore.
private final class Signal: @unchecked Sendable {
    // Safe to share: sem_post and sem_wait are made for use from several threads (sem_overview(7)), and the pointer is
    // set once.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func send() { sem_post(semaphore) }

    func wait() { while sem_wait(semaphore) != 0, errno == EINTR {} }
}
