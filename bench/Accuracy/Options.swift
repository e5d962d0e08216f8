// What the command line asks for. Must never take an unknown word for a default.
import Judge

struct Options: Equatable {
    static let usage = """
        usage: perch-accuracy [--cases DIR] [--out DIR] [--clean CASE] [--regressed CASE] [--metric METRIC]
               perch-accuracy [--cases DIR] --fingerprints FILE
        Replays the recorded cases and writes accuracy.md, accuracy-clean.svg and accuracy-regressed.svg, or compares
        every bit of every verdict with the file.
        """

    /// Holds the case files and expected.json.
    var cases = "Tests/Fixtures/Judge/cases"
    var out = "docs"
    /// Cases that are drawn, and by which metric.
    var clean = "clean-plain"
    var regressed = "bad-cpu-30"
    var metric = Metric.cpu
    /// Recorded hashes to compare with; nothing is written then.
    var fingerprints: String?

    init() {}

    init(_ arguments: [String]) throws(AccuracyError) {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { throw AccuracyError("\(option): no value\n\(Options.usage)") }
            switch option {
            case "--cases": cases = value
            case "--out": out = value
            case "--clean": clean = value
            case "--regressed": regressed = value
            case "--fingerprints": fingerprints = value
            case "--metric":
                guard let known = Metric(rawValue: value), known.kind != .count else {
                    throw AccuracyError("--metric is one that is compared as a ratio, not \(value)")
                }
                metric = known
            default: throw AccuracyError("\(option) is not known\n\(Options.usage)")
            }
        }
    }
}
