import Foundation
import Synchronization

/// One process that we started: ended only by its own id, waited for, its output in a file.
/// Never a process of somebody else: an id is forgotten in the moment in which it is reaped.
public final class Program: Sendable {
    public enum End: Sendable, Equatable, CustomStringConvertible {
        case exited(Int32)
        case killed(signal: Int32)

        public var description: String {
            switch self {
            case .exited(let status): "ended with exit code \(status)"
            case .killed(let signal): "was ended by signal \(signal)"
            }
        }
    }

    public let name: String
    public let pid: pid_t
    /// Where its standard error goes.
    public let log: String
    private let end = Mutex<End?>(nil)
    private let caretaker: Caretaker

    init(_ launch: Launch, name: String, caretaker: Caretaker) throws {
        self.name = name
        self.caretaker = caretaker
        log = launch.errorFile
        pid = try launch.spawn()
        caretaker.started(pid)
    }

    /// How it ended; `nil` while it runs.
    public var ended: End? {
        end.withLock { end in
            if let end { return end }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
            let signal = status & 0x7F
            end = signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
            caretaker.gone(pid)
            return end
        }
    }

    /// Sends a signal, unless it has ended.
    public func signal(_ number: Int32) {
        end.withLock { end in
            // A process that has not been reaped keeps its id, so this reaches nobody else.
            if end == nil { _ = Glibc.kill(pid, number) }
        }
    }

    /// Its children too: they are in its process group, and the group has its id.
    private func signalGroup(_ number: Int32) {
        end.withLock { end in
            if end == nil { _ = Glibc.kill(-pid, number) }
        }
    }

    /// - Throws: `RehearsalError.late`; it runs on then.
    public func waitForEnd(seconds: Double) async throws -> End {
        try await Waiting.until("the end of \(name)", seconds: seconds, everyMilliseconds: 5) { ended }
    }

    /// Asks with SIGTERM, insists with SIGKILL after the grace.
    @discardableResult
    public func stop(graceSeconds: Double = 5) async -> End? {
        signal(SIGTERM)
        if let end = try? await waitForEnd(seconds: graceSeconds) { return end }
        return await kill()
    }

    /// SIGKILL, and waits until it is gone. Not hurried by cancellation: nothing may be left behind.
    @discardableResult
    public func kill() async -> End? {
        signalGroup(SIGKILL)
        for _ in 0..<2000 {
            if let end = ended { return end }
            // A cancelled task does not sleep; the loop's bound is then spent in the blocking pool instead.
            _ = try? await Waiting.blocking { usleep(2000) }
        }
        return ended
    }

    /// The end of what it wrote to standard error, for a message to people.
    public func lastLines(_ count: Int = 8) -> String {
        guard let text = try? String(contentsOfFile: log, encoding: .utf8) else { return "" }
        return text.split(separator: "\n").suffix(count).joined(separator: "\n")
    }
}
