// How the permitted error is split over everything that can FAIL, and the level that PASS is taken at. Must never add
// up to more than 1 % over all FAIL checks of a verdict (Bonferroni; Σ 1/(j(j+1)) = 1).

public struct Levels: Equatable, Sendable {
    /// For the whole verdict.
    public static let fail = 0.01
    /// PASS needs every upper limit, an intersection–union test: each may be taken at the full level (Berger 1982).
    public static let pass = 0.05
    static let pairAttention = 0.05
    static let fleetShare = 0.30
    static let restartShare = 0.30
    static let hostShare = 0.40
    public static let maxRestarts = 40
    /// Mixture variances of the intervals.
    static let failMixture = 0.5
    static let passMixture = 1.0
    static let unpairedLooks = [6, 12, 24, 36, 48, 72, 120, 240]

    /// Metrics that are judged; at least 1, so that shown metrics have limits too where none is judged.
    public let metrics: Int

    public init(judgedMetrics: Int) { metrics = max(1, judgedMetrics) }

    var fleet: Double { Levels.fleetShare * Levels.fail / Double(metrics) }
    var restart: Double { Levels.restartShare * Levels.fail / Double(Levels.maxRestarts * metrics) }
    func host(_ order: Int) -> Double {
        Levels.ordered(total: Levels.hostShare * Levels.fail, metrics: metrics, order: order)
    }
    func pair(_ order: Int) -> Double {
        Levels.ordered(total: Levels.pairAttention, metrics: metrics, order: order)
    }
    var unpairedFail: Double { Levels.fail / Double(Levels.unpairedLooks.count * metrics) }
    var unpairedPass: Double { Levels.pass / Double(Levels.unpairedLooks.count) }

    /// The part of the j-th subject (from 1) when nobody knows how many will come.
    public static func ordered(total: Double, metrics: Int, order: Int) -> Double {
        total / (Double(metrics) * Double(order) * Double(order + 1))
    }
}
