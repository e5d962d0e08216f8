// Where the audit example lies, and numbers that come out the same from the same seed.
import Foundation

@testable import Ledger

enum Fixtures {
    static let ledger = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/Ledger")

    static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: ledger.appending(path: name))) }

    static func text(_ name: String) throws -> String {
        try String(contentsOf: ledger.appending(path: name), encoding: .utf8)
    }
}

/// SplitMix64: the same numbers from the same seed everywhere.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}

/// What a call refused, or nothing.
func refusal(_ body: () throws -> Void) -> LedgerRefusal? {
    do {
        try body()
        return nil
    } catch let error as LedgerRefusal {
        return error
    } catch let error as VerificationError {
        return error.refusal
    } catch {
        return nil
    }
}

extension String {
    /// Every occurrence of one text by another.
    func with(_ old: String, _ new: String) -> String { replacingOccurrences(of: old, with: new) }

    var bytes: [UInt8] { Array(utf8) }
}
