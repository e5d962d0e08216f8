/// Counts Redis' replies in a stream of bytes without keeping them. Knows the replies of the load's own commands:
/// status, error, integer and bulk; anything else is a stream that it cannot follow.
struct ReplyCounter {
    private(set) var replies: UInt64 = 0
    private(set) var errors: UInt64 = 0
    /// First word of the newest error, such as `MISCONF`.
    private(set) var lastError = ""
    private(set) var isLost = false

    private enum State {
        case start
        case line
        case errorLine
        case length(Int, isNull: Bool)
        /// Bytes of a bulk still to come, its line end included.
        case bulk(Int)
    }

    private var state = State.start
    private var word: [UInt8] = []

    mutating func feed(_ bytes: UnsafeRawBufferPointer) {
        var position = 0
        while position < bytes.count, !isLost {
            if case .bulk(let left) = state {
                let step = min(left, bytes.count - position)
                position += step
                state = step == left ? .start : .bulk(left - step)
                if step == left { replies += 1 }
                continue
            }
            take(bytes[position])
            position += 1
        }
    }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .start: begin(byte)
        case .line:
            if byte == 0x0A { end() }
        case .errorLine:
            if byte == 0x0A {
                errors += 1
                let first = word.prefix { $0 != 0x20 && $0 != 0x0D }
                lastError = String(decoding: first, as: UTF8.self)
                end()
            } else if word.count < 32 {
                word.append(byte)
            }
        case .length(let length, let isNull):
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                state = .length(min(length, 1 << 30) * 10 + Int(byte - 0x30), isNull: isNull)
            case UInt8(ascii: "-"): state = .length(0, isNull: true)
            case 0x0A: if isNull { end() } else { state = .bulk(length + 2) }
            default: break
            }
        case .bulk: break
        }
    }

    private mutating func begin(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "+"), UInt8(ascii: ":"): state = .line
        case UInt8(ascii: "-"):
            word.removeAll(keepingCapacity: true)
            state = .errorLine
        case UInt8(ascii: "$"): state = .length(0, isNull: false)
        default: isLost = true
        }
    }

    private mutating func end() {
        replies += 1
        state = .start
    }
}
