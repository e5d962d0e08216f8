/// A block that changes no more, with its text: what is stored, judged and signed is written once, so that it has one
/// spelling.
public struct FrozenBlock: Sendable, Equatable {
    public let block: HostBlock
    /// As `EvidenceRow` writes it.
    public let text: [UInt8]

    /// Freezes a block.
    public init(_ block: HostBlock) {
        self.block = block
        text = EvidenceRow.write(block)
    }

    /// A block that was frozen before.
    /// - Throws: `EvidenceRow.Unreadable`, naming line and member.
    public init(reading text: [UInt8]) throws(EvidenceRow.Unreadable) {
        self = try EvidenceRow.readOne(text)
    }

    init(block: HostBlock, text: [UInt8]) {
        self.block = block
        self.text = text
    }
}
