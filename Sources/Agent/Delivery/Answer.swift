// The collector's answer to a batch, reduced to what delivery acts upon. The body comes from the network: it is bounded
// before it is looked at, and nothing of it is believed beyond its form.
import Terms

struct Answer: Equatable, Sendable {
    enum Meaning: Equatable, Sendable {
        /// Highest committed sequence by run.
        case committed([RunID: UInt64])
        /// The content will be refused again: 400, 409, 413.
        case refusedContent
        /// Certificate or host not allowed, for now: 403.
        case refusedHost
        /// 429 and 503: come back later.
        case busy
        /// Anything else, as from a proxy or another server.
        case unexpected
    }

    var status: Int
    var meaning: Meaning
    /// `code` of problem+json.
    var code: String?
    var retryAfterSeconds: Int?
    var endsConnection: Bool

    static let bodyBytes = 64 << 10

    init(status: Int, body: [UInt8], retryAfter: String?, endsConnection: Bool) {
        self.status = status
        self.endsConnection = endsConnection
        code = (200..<300).contains(status) ? nil : Self.problemCode(body)
        retryAfterSeconds = retryAfter.flatMap { Self.seconds($0) }
        switch status {
        case 200..<300: meaning = Self.committed(body).map { .committed($0) } ?? .unexpected
        case 400, 409, 413: meaning = .refusedContent
        case 403: meaning = .refusedHost
        case 429, 503: meaning = .busy
        default: meaning = .unexpected
        }
    }

    /// For the log.
    var said: String { code.map { "\(status) \($0)" } ?? "status \(status)" }

    /// `Ack` of ack.proto.
    private static func committed(_ body: [UInt8]) -> [RunID: UInt64]? {
        var runs: [RunID: UInt64] = [:]
        var ack = ProtobufReader(body[...])
        do {
            while let (field, value) = try ack.next() {
                guard field == 1 else { continue }
                guard case .block(let block) = value, let (id, sequence) = try run(block) else { return nil }
                runs[id] = max(runs[id] ?? 0, sequence)
            }
        } catch {
            return nil
        }
        return runs
    }

    private static func run(_ block: ArraySlice<UInt8>) throws(ProtobufReader.Malformed) -> (RunID, UInt64)? {
        var id: RunID?
        var committed: UInt64 = 0
        var reader = ProtobufReader(block)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .block(let bytes)): id = RunID(bytes: bytes)
            case (2, .number(let number)): committed = number
            case (1, _), (2, _): return nil
            case (_, _): break
            }
        }
        return id.map { ($0, committed) }
    }

    /// Seconds only; the other form of RFC 9110 10.2.3 is a date, which the collector never sends.
    private static func seconds(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 9, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    /// The value of the first member `code`. A whole JSON reader for one word would be more to go wrong; within JSON
    /// strings a quotation mark is escaped, so the pattern cannot begin inside one.
    static func problemCode(_ body: [UInt8]) -> String? {
        let pattern = Array("\"code\"".utf8)
        var rest = body[...]
        while let start = rest.firstIndex(of: pattern[0]) {
            rest = rest[start...]
            guard rest.starts(with: pattern) else {
                rest = rest.dropFirst()
                continue
            }
            let blanks: (UInt8) -> Bool = { $0 == 32 || $0 == 9 || $0 == 10 || $0 == 13 }
            rest = rest.dropFirst(pattern.count).drop(while: blanks)
            guard rest.first == UInt8(ascii: ":") else { continue }
            rest = rest.dropFirst().drop(while: blanks)
            guard rest.first == UInt8(ascii: "\"") else { continue }
            let value = rest.dropFirst().prefix { isCodeByte($0) }
            guard !value.isEmpty, value.count <= 64, rest.dropFirst(1 + value.count).first == UInt8(ascii: "\"") else {
                continue
            }
            return String(decoding: value, as: UTF8.self)
        }
        return nil
    }

    private static func isCodeByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || byte == UInt8(ascii: "-")
    }
}
