// Jitter without a system call for each number (SplitMix64, Steele and others 2014). For spreading in time only: it can
// be guessed, and must never make a key, a name or a token.

struct QuickRandom: RandomNumberGenerator {
    private var state: UInt64

    init() { state = UInt64.random(in: 0 ... .max) }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
