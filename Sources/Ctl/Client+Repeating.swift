// Sends one call again when it is not known whether it arrived. Only for calls that carry an idempotency key or are
// harmless to repeat: the collector then does the work once.

extension Client {
    static let mostAttempts = 4

    func sendRepeating(_ request: Request) async throws(ClientError) -> Answer {
        var backoff = Backoff(first: .milliseconds(500), longest: .seconds(5))
        var random = SystemRandomNumberGenerator()
        for _ in 1..<Self.mostAttempts {
            do {
                return try await send(request)
            } catch {
                guard error.mayPass, !Task.isCancelled else { throw error }
                try? await Task.sleep(for: backoff.next(retryAfterSeconds: error.retryAfterSeconds, using: &random))
            }
        }
        return try await send(request)
    }
}

extension ClientError {
    /// Asking again may give an answer.
    var mayPass: Bool {
        switch self {
        case .refused(let refusal): refusal.isRetryable
        case .unreachable(let unreachable): !unreachable.isAboutTrust && unreachable.cause != .cancelled
        }
    }

    var retryAfterSeconds: Int? {
        switch self {
        case .refused(let refusal): refusal.retryAfterSeconds
        case .unreachable: nil
        }
    }
}
