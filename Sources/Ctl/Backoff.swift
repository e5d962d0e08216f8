// How long to stay away after a failure: doubling, with jitter so that many pipelines do not come back at once, and an
// upper end. Must never return a pause of zero.

struct Backoff: Equatable, Sendable {
    let first: Duration
    let longest: Duration
    private var failures = 0

    init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// Between half and all of the doubled pause; never less than the server asked for, up to `longest`.
    mutating func next(
        retryAfterSeconds: Int? = nil, using random: inout some RandomNumberGenerator
    ) -> Duration {
        var full = first
        // Ten doublings are beyond any `longest` in use.
        for _ in 0..<min(failures, 10) { full = min(full * 2, longest) }
        failures += 1
        let asked = min(Duration.seconds(retryAfterSeconds ?? 0), longest)
        let spread = Double.random(in: 0.5...1, using: &random)
        return asked > full ? asked * (1 + spread / 10) : full * spread
    }

    mutating func reset() { failures = 0 }
}
