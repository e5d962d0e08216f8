import Foundation

/// Waiting with a deadline: nothing in a rehearsal waits without one.
public enum Waiting {
    /// Asks again and again until the question has an answer.
    /// - Throws: `RehearsalError.late` when it has none in time, whatever the question throws, or cancellation.
    public static func until<Answer>(
        _ what: String, seconds: Double, everyMilliseconds: Int = 20, _ question: () async throws -> Answer?
    ) async throws -> Answer {
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: .seconds(seconds))
        while true {
            if let answer = try await question() { return answer }
            guard clock.now < end else { throw RehearsalError.late(what: what, seconds: seconds) }
            try await Task.sleep(for: .milliseconds(everyMilliseconds))
        }
    }

    /// The same for a condition.
    public static func untilTrue(
        _ what: String, seconds: Double, everyMilliseconds: Int = 20, _ condition: () async throws -> Bool
    ) async throws {
        _ = try await until(what, seconds: seconds, everyMilliseconds: everyMilliseconds) {
            try await condition() ? true : nil
        }
    }

    /// Runs blocking work on a thread that Swift's concurrency does not count on.
    public static func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result(catching: work)) }
        }
    }
}
