// Logarithm, exponential and Student's quantile from + − × ÷ and square roots only, which IEEE 754 makes exact, so
// that a verdict recomputes to the bit on every machine and in every year. Must never call a system library for
// these, use fused multiply-add, or change the order of an operation once a judge version has signed.

/// A number as an unevaluated sum of two doubles: about 106 bits.
struct DoublePair {
    var high: Double
    var low: Double

    /// a + b exactly (Knuth 1969).
    static func sum(_ a: Double, _ b: Double) -> DoublePair {
        let high = a + b
        let shadow = high - a
        return DoublePair(high: high, low: (a - (high - shadow)) + (b - shadow))
    }

    /// a · b exactly (Dekker 1971); both factors below 2^990, so that splitting cannot overflow.
    static func product(_ a: Double, _ b: Double) -> DoublePair {
        let high = a * b
        let (aHigh, aLow) = split(a)
        let (bHigh, bLow) = split(b)
        let low = ((aHigh * bHigh - high) + aHigh * bLow + aLow * bHigh) + aLow * bLow
        return DoublePair(high: high, low: low)
    }

    /// Upper and lower half of the significand (Veltkamp 1968).
    private static func split(_ a: Double) -> (Double, Double) {
        let scaled = 134_217_729 * a
        let high = scaled - (scaled - a)
        return (high, a - high)
    }
}

public enum Elementary {
    /// ln 2 in two parts. The upper one has 42 bits, so its product with any exponent of a double is exact.
    private static let ln2High = 0x1.62e42fefa38p-1
    private static let ln2Low = 0x1.ef35793c76730p-45
    private static let ln2 = 0.6931471805599453
    private static let squareRootOfPi = 1.772453850905516
    private static let squareRootOfHalf = 0.7071067811865476

    /// Natural logarithm, within 1 ulp. Zero gives −∞, a negative number not-a-number.
    public static func log(_ x: Double) -> Double {
        if x.isNaN || x < 0 { return .nan }
        if x == 0 { return -.infinity }
        if x == .infinity { return .infinity }
        // x = 2^exponent · fraction with the fraction around 1, so that the series below converges fast.
        let isTiny = x < 0x1p-1022
        let scaled = isTiny ? x * 0x1p54 : x
        var exponent = Int(scaled.exponentBitPattern) - 1023
        var fraction = Double(
            sign: .plus, exponentBitPattern: 1023, significandBitPattern: scaled.significandBitPattern)
        if fraction > 2 * squareRootOfHalf {
            fraction *= 0.5
            exponent += 1
        }
        if isTiny { exponent -= 54 }
        return logOfParts(fraction: fraction, exponent: Double(exponent))
    }

    /// ln f = 2·artanh s with s = (f − 1)/(f + 1); s as a pair, the rest of the series in plain doubles.
    private static func logOfParts(fraction: Double, exponent: Double) -> Double {
        let numerator = fraction - 1
        if numerator == 0 && exponent == 0 { return 0 }
        let denominator = DoublePair.sum(fraction, 1)
        let s = numerator / denominator.high
        let back = DoublePair.product(s, denominator.high)
        let rest = ((numerator - back.high) - back.low) - s * denominator.low
        let sLow = rest / denominator.high
        let square = s * s
        var series = 1.0 / 25
        for odd in stride(from: 23, through: 3, by: -2) { series = series * square + 1 / Double(odd) }
        let total = DoublePair.sum(exponent * ln2High, 2 * s)
        let correction = 2 * sLow + 2 * s * (square * series) + exponent * ln2Low
        return total.high + (total.low + correction)
    }

    /// Exponential function, within 1 ulp; infinite above 709.78…, zero below −745.13….
    public static func exp(_ x: Double) -> Double {
        if x.isNaN { return .nan }
        if x > 709.782712893384 { return .infinity }
        if x < -745.1332191019412 { return 0 }
        let exponent = (x / ln2).rounded(.toNearestOrEven)
        let reduced = DoublePair.sum(x - exponent * ln2High, -(exponent * ln2Low))
        let r = reduced.high
        var series = 1.0 / 17
        for divisor in stride(from: 16, through: 3, by: -1) { series = (1 + r * series) / Double(divisor) }
        let tail = 0.5 * r * r * (1 + r * series) + reduced.low * (1 + r)
        let total = DoublePair.sum(1, r)
        return scale(total.high + (total.low + tail), byPowerOfTwo: Int(exponent))
    }

    /// Exact but for the last step, which alone may round (to a subnormal) or overflow.
    private static func scale(_ value: Double, byPowerOfTwo exponent: Int) -> Double {
        if exponent > 1000 { return value * power(1000) * power(exponent - 1000) }
        if exponent < -1000 { return value * power(-1000) * power(exponent + 1000) }
        return value * power(exponent)
    }

    private static func power(_ exponent: Int) -> Double {
        Double(sign: .plus, exponentBitPattern: UInt(1023 + exponent), significandBitPattern: 0)
    }

    /// The value that Student's t with `degreesOfFreedom` (any positive real) stays below with probability `p`.
    public static func studentQuantile(_ p: Double, degreesOfFreedom: Double) -> Double {
        guard p > 0, p < 1, degreesOfFreedom > 0 else { return .nan }
        if p == 0.5 { return 0 }
        if p < 0.5 { return -studentQuantile(1 - p, degreesOfFreedom: degreesOfFreedom) }
        let wanted = 1 - p
        var low = 0.0
        var high = 1.0
        // 1 − p is at least 2^−53, so one degree of freedom needs some 50 doublings; fewer degrees more of them.
        for _ in 0..<1000 where studentTail(high, degreesOfFreedom: degreesOfFreedom) > wanted {
            low = high
            high *= 2
        }
        for _ in 0..<200 {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { break }
            if studentTail(middle, degreesOfFreedom: degreesOfFreedom) > wanted { low = middle } else { high = middle }
        }
        return high
    }

    /// P(T > t) for t ≥ 0: half the regularized incomplete beta function at ν/(ν + t²).
    static func studentTail(_ t: Double, degreesOfFreedom: Double) -> Double {
        let square = t * t
        if square == .infinity { return 0 }
        let x = degreesOfFreedom / (degreesOfFreedom + square)
        let y = square / (degreesOfFreedom + square)
        if y == 0 { return 0.5 }
        let a = degreesOfFreedom / 2
        let front = exp(a * log(x)) * y.squareRoot() * gammaRatio(a) / squareRootOfPi
        if x < (a + 1) / (a + 2.5) {
            return 0.5 * front * betaFraction(x, a, 0.5) / a
        }
        return 0.5 * (1 - front * betaFraction(y, 0.5, a) / 0.5)
    }

    /// Γ(a + ½)/Γ(a): stepped up to a ≥ 20 by Γ(z + 1) = zΓ(z), then the even series about a − ¼ (Tricomi, Erdélyi
    /// 1951).
    private static func gammaRatio(_ a: Double) -> Double {
        var factor = 1.0
        var argument = a
        while argument < 20 {
            factor *= argument / (argument + 0.5)
            argument += 1
        }
        let w = argument - 0.25
        let inverse = 1 / (w * w)
        var series = 5_578_144.0 / 4_294_967_296
        series = 20192.0 / 16_777_216 - inverse * series
        series = 152.0 / 65536 - inverse * series
        series = 1 + inverse * (1.0 / 64 - inverse * series)
        return factor * w.squareRoot() * series
    }

    /// Continued fraction of the incomplete beta function (DLMF 8.17.22), by the modified Lentz algorithm.
    private static func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let floor = 1e-300
        func awayFromZero(_ value: Double) -> Double { value.magnitude < floor ? floor : value }
        var c = 1.0
        var d = 1 / awayFromZero(1 - (a + b) * x / (a + 1))
        var fraction = d
        for step in 1...20_000 {
            let m = Double(step)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / awayFromZero(1 + even * d)
            c = awayFromZero(1 + even / c)
            fraction *= d * c
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / awayFromZero(1 + odd * d)
            c = awayFromZero(1 + odd / c)
            let change = d * c
            fraction *= change
            if (change - 1).magnitude < 0x1p-52 { break }
        }
        return fraction
    }
}
