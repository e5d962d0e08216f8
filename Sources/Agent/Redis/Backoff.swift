// How long to stay away from a Redis that could not be reached. Waits double up to a cap, each a little different, so
// that many instances do not come back in one moment; a refused password waits long, for each try counts as an error.

struct Backoff {
    private static let shortestMilliseconds: Int64 = 100
    private static let longestMilliseconds: Int64 = 10_000
    private static let refusedMilliseconds: Int64 = 60_000
    private static let longestRefusedMilliseconds: Int64 = 600_000

    private var failures = 0
    private var refusals = 0

    mutating func reset() {
        failures = 0
        refusals = 0
    }

    mutating func nextMilliseconds(isRefusal: Bool, using random: inout some RandomNumberGenerator) -> Int64 {
        let wait: Int64
        if isRefusal {
            wait = min(Self.refusedMilliseconds << Int64(min(refusals, 8)), Self.longestRefusedMilliseconds)
            refusals += 1
        } else {
            wait = min(Self.shortestMilliseconds << Int64(min(failures, 16)), Self.longestMilliseconds)
            failures += 1
        }
        return wait * Int64.random(in: 80...120, using: &random) / 100
    }
}
