// The labels of one report, each written once. References on the wire are index + 1; 0 stands for none.
import Terms

struct NameTable {
    private(set) var names: [String] = []
    private var references: [String: UInt32] = [:]
    /// Labels that were cut, or left out because the table is full.
    private(set) var truncated: UInt64 = 0

    mutating func reference(_ label: String) -> UInt32 {
        if label.isEmpty { return 0 }
        var text = label
        if text.utf8.count > Limits.labelBytes {
            text = ProcText.cut(text, limitBytes: Limits.labelBytes)
            truncated += 1
        }
        if let known = references[text] { return known }
        guard names.count < Limits.names else {
            truncated += 1
            return 0
        }
        names.append(text)
        let reference = UInt32(names.count)
        references[text] = reference
        return reference
    }

    mutating func reference(_ label: String?) -> UInt32 { label.map { reference($0) } ?? 0 }
}
