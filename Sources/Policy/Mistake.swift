/// One thing that is wrong in a file: where, what, and how to mend it.
public struct Mistake: Error, Sendable, Equatable, CustomStringConvertible {
    public let file: String
    /// 1 is the first line.
    public let line: Int
    /// Dotted path of members, such as `metrics.cpu.margin`; empty for the file as a whole.
    public let path: String
    public let problem: String
    public let mend: String

    public init(file: String, line: Int, path: String, problem: String, mend: String) {
        self.file = file
        self.line = line
        self.path = path
        self.problem = problem
        self.mend = mend
    }

    public var description: String {
        let place = path.isEmpty ? "\(file):\(line)" : "\(file):\(line): \(path)"
        return "\(place): \(problem); \(mend)"
    }
}

/// Everything that is wrong in a file, in the order of its lines.
public struct Mistakes: Error, Sendable, Equatable, CustomStringConvertible {
    public let all: [Mistake]

    init(_ all: [Mistake]) { self.all = all.sorted { $0.line < $1.line } }

    public var description: String { all.map(\.description).joined(separator: "\n") }
}
