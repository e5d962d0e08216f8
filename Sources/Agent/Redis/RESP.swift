// Redis' replies (RESP 2, redis.io/docs/reference/protocol-spec) as they arrive, in pieces of any size. It must never
// believe a length that the server announces: depth, sizes and counts are bounded, so that a liar costs a bounded
// amount of memory. RESP 3 types are refused: the agent never says HELLO, so no Redis may send them.

enum RESPValue: Equatable, Sendable {
    case simple(ByteText)
    /// Without the leading `-`; the first word is the error's code.
    case error(ByteText)
    case integer(Int64)
    case bulk(ByteText)
    case array([RESPValue])
    case null

    static func == (left: RESPValue, right: RESPValue) -> Bool {
        switch (left, right) {
        case (.simple(let one), .simple(let two)), (.error(let one), .error(let two)), (.bulk(let one), .bulk(let two)):
            one.elementsEqual(two)
        case (.integer(let one), .integer(let two)): one == two
        case (.array(let one), .array(let two)): one == two
        case (.null, .null): true
        default: false
        }
    }
}

enum RESPError: Error, Equatable {
    /// A type byte that RESP 2 does not know.
    case unknownType(UInt8)
    case badNumber
    case badLineEnd
    case tooLong
    case tooDeep
    case tooMany
}

struct RESPParser {
    /// One complete reply and the bytes that it took on the wire.
    struct Reply: Equatable {
        var value: RESPValue
        var sizeBytes: Int
    }

    /// INFO of a server with thousands of error codes is some hundred kilobytes.
    static let bulkBytes = 4 << 20
    static let lineBytes = 16 << 10
    static let depth = 8
    /// LATENCY HISTOGRAM of 400 commands has about 20 000 elements.
    static let elements = 131_072

    /// Between replies: every instance has a parser, and what INFO takes would lie idle for most of the time.
    static let keptBytes = 512

    private struct Frame {
        var items: [RESPValue] = []
        var missing: Int
    }

    private var buffer: [UInt8] = []
    private var start = 0
    /// Where the search for a line's end goes on, so that a line arriving byte by byte is searched once.
    private var searched = 0
    private var frames: [Frame] = []
    /// A bulk string whose length was read.
    private var bulkLength: Int?
    private var elementCount = 0
    private var sizeBytes = 0

    /// Bytes of a reply that is not complete yet.
    var pendingBytes: Int { sizeBytes + buffer.count - start }

    mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            buffer.removeSubrange(..<start)
            searched -= start
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next complete reply; `nil`: more bytes are needed. After an error the connection is of no use.
    mutating func next() throws(RESPError) -> Reply? {
        while let value = try nextValue() {
            guard let whole = try fold(value) else { continue }
            let reply = Reply(value: whole, sizeBytes: sizeBytes)
            sizeBytes = 0
            elementCount = 0
            if start == buffer.count {
                buffer.removeAll(keepingCapacity: buffer.capacity <= Self.keptBytes)
                start = 0
                searched = 0
            }
            return reply
        }
        return nil
    }

    /// Puts a value into the arrays that wait for it; the outermost one once it is complete.
    private mutating func fold(_ value: RESPValue?) throws(RESPError) -> RESPValue? {
        guard var value else { return nil }
        while let last = frames.indices.last {
            frames[last].items.append(value)
            frames[last].missing -= 1
            guard frames[last].missing == 0 else { return nil }
            value = .array(frames[last].items)
            frames.removeLast()
        }
        return value
    }

    /// Outer `nil`: more bytes are needed; inner `nil`: an array began.
    private mutating func nextValue() throws(RESPError) -> RESPValue?? {
        if let length = bulkLength { return try bulk(length) }
        guard let line = try nextLine() else { return nil }
        guard let kind = line.first else { throw .badLineEnd }
        elementCount += 1
        guard elementCount <= Self.elements else { throw .tooMany }
        let rest = line.dropFirst()
        switch kind {
        case UInt8(ascii: "+"): return .some(.simple(rest))
        case UInt8(ascii: "-"): return .some(.error(rest))
        case UInt8(ascii: ":"): return .some(.integer(try Self.number(rest)))
        case UInt8(ascii: "$"):
            let length = try Self.number(rest)
            if length == -1 { return .some(.null) }
            guard length >= 0 else { throw .badNumber }
            guard length <= Self.bulkBytes else { throw .tooLong }
            bulkLength = Int(length)
            return try bulk(Int(length))
        case UInt8(ascii: "*"):
            let count = try Self.number(rest)
            if count == -1 { return .some(.null) }
            guard count >= 0 else { throw .badNumber }
            guard count <= Self.elements - elementCount else { throw .tooMany }
            if count == 0 { return .some(.array([])) }
            guard frames.count < Self.depth else { throw .tooDeep }
            frames.append(Frame(missing: Int(count)))
            return .some(nil)
        default: throw .unknownType(kind)
        }
    }

    private mutating func bulk(_ length: Int) throws(RESPError) -> RESPValue?? {
        guard buffer.count - start >= length + 2 else { return nil }
        let end = start + length
        guard buffer[end] == 0x0d, buffer[end + 1] == 0x0a else { throw .badLineEnd }
        // A copy: a slice would keep the whole buffer alive and make the next append copy it.
        let text = Array(buffer[start..<end])[...]
        start = end + 2
        searched = start
        sizeBytes += length + 2
        bulkLength = nil
        return .some(.bulk(text))
    }

    /// Without its end.
    private mutating func nextLine() throws(RESPError) -> ByteText? {
        searched = max(searched, start)
        // What can begin no reply is refused at once: it may never send a line's end.
        if start < buffer.count, !Self.isKind(buffer[start]) { throw .unknownType(buffer[start]) }
        guard let end = buffer[searched...].firstIndex(of: 0x0a) else {
            guard buffer.count - start <= Self.lineBytes else { throw .tooLong }
            searched = buffer.count
            return nil
        }
        guard end - start <= Self.lineBytes else { throw .tooLong }
        guard end > start, buffer[end - 1] == 0x0d else { throw .badLineEnd }
        let line = Array(buffer[start..<end - 1])[...]
        sizeBytes += end + 1 - start
        start = end + 1
        searched = start
        return line
    }

    private static func isKind(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "$"), UInt8(ascii: "*"): true
        default: false
        }
    }

    private static func number(_ text: ByteText) throws(RESPError) -> Int64 {
        var digits = text
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        guard !digits.isEmpty, digits.count <= 19 else { throw .badNumber }
        var value: Int64 = 0
        for byte in digits {
            guard (48...57).contains(byte) else { throw .badNumber }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(byte) - 48
            let (sum, isTooLargeStill) =
                isNegative
                ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !isTooLarge, !isTooLargeStill else { throw .badNumber }
            value = sum
        }
        return value
    }
}
