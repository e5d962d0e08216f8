// Hours that several cases waited for something. Must never leave out those that waited in vain: a median of the
// successful ones alone would flatter.

struct Waits {
    /// Sorted; those that waited in vain come last.
    private let hours: [Int?]

    init(_ hours: [Int?]) {
        self.hours = hours.sorted { ($0 ?? .max) < ($1 ?? .max) }
    }

    /// nil when at least half waited in vain, or nobody waited.
    var median: Double? {
        guard !hours.isEmpty, let low = hours[(hours.count - 1) / 2], let high = hours[hours.count / 2] else {
            return nil
        }
        return Double(low + high) / 2
    }

    var shortest: Int? { hours.first ?? nil }
    /// Of those that had an end.
    var longest: Int? { hours.compactMap(\.self).last }
}
