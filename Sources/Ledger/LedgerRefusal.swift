// Why bytes are not what they claim to be. Must never lose which part was wrong: auditors act on that word.

/// A reader's or verifier's refusal: which part of the audit trail is wrong, and why, in plain words.
public struct LedgerRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The part that is wrong; raw values are stable codes.
    public enum Area: String, Sendable, CaseIterable {
        /// Key texts, and keys that do not fit what they are used for.
        case key
        /// The envelope's own JSON.
        case envelope
        case payloadType
        /// No, or too few, signatures by trusted keys over the payload.
        case signature
        /// The payload or the manifest is not canonical JSON.
        case canonical
        /// The statement's meaning.
        case statement
        /// The log entry.
        case entry
        /// The entry is not in the log that the checkpoint speaks of.
        case log
        /// Text form of proofs.
        case proof
        case inclusion
        case consistency
        /// The signed note's form.
        case note
        /// The checkpoint, or who signed it.
        case checkpoint
        case tile
        /// Manifest, policy and chunks.
        case evidence
        /// Judging again gave another answer.
        case recompute
        /// A file of the archive is absent or cannot be read.
        case file
    }

    public let area: Area
    /// A clause without a full stop; quotes at most 80 bytes of what was read.
    public let why: String

    public init(_ area: Area, _ why: String) {
        self.area = area
        self.why = why
    }

    public var description: String { "\(area.rawValue): \(why)" }

    /// Foreign text for a message: printable ASCII, shortened, anything else as a question mark.
    static func quoted(_ bytes: some Sequence<UInt8>) -> String {
        var shown: [UInt8] = []
        for byte in bytes {
            guard shown.count < 80 else { return "\"" + String(decoding: shown, as: UTF8.self) + "…\"" }
            shown.append((0x20..<0x7F).contains(byte) ? byte : UInt8(ascii: "?"))
        }
        return "\"" + String(decoding: shown, as: UTF8.self) + "\""
    }

    static func quoted(_ text: some StringProtocol) -> String { quoted(text.utf8) }
}
