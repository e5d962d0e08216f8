// One number for all lines that say the same: what differs from one time to the next (numbers, addresses, ids, quoted
// names) is masked before the digest. It must give the same number on every host, so nothing of the host goes in, and
// of a unit only its template.

enum Fingerprint {
    /// What is looked at of a message.
    static let messageBytes = 512

    /// First 8 bytes of SHA-256 over the unit's template and the masked message.
    static func id(unit: String?, message: ByteText) -> UInt64 {
        let bytes = Array((unit ?? "").utf8) + [0] + mask(message)
        return SHA256.digest(of: bytes).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// `redis@6379.service` → `redis@.service`: the new server's instances may have other names than the old one's.
    static func template(of unit: String?) -> String? {
        guard let unit, let at = unit.firstIndex(of: "@"), let dot = unit.lastIndex(of: "."), at < dot else {
            return unit
        }
        return String(unit[...at] + unit[dot...])
    }

    /// The message with a sign in the place of everything that varies.
    static func mask(_ message: ByteText) -> [UInt8] {
        var rest = message.prefix(messageBytes)
        var masked: [UInt8] = []
        var before: UInt8 = UInt8(ascii: " ")
        while let byte = rest.first {
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\""), !isWord(before),
                let end = rest.dropFirst().firstIndex(of: byte)
            {
                masked += [byte, sign, byte]
                rest = rest[(end + 1)...]
                before = byte
            } else if isWord(byte) || isAddress(rest) {
                let word = rest.prefix { isTokenByte($0) }
                let token = word.trimmingEnd()
                masked += variable(token) ? [sign] : maskParts(token)
                before = token.last ?? byte
                rest = rest.dropFirst(token.count)
            } else {
                let shown = byte < 32 || byte == 127 ? UInt8(ascii: " ") : byte
                if shown != UInt8(ascii: " ") || masked.last != shown { masked.append(shown) }
                before = shown
                rest = rest.dropFirst()
            }
        }
        return collapsed(masked)
    }

    private static let sign = UInt8(ascii: "#")

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
    private static func isHex(_ byte: UInt8) -> Bool {
        isDigit(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }
    private static func isWord(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }

    /// `::1` begins with no letter or digit.
    private static func isAddress(_ rest: ByteText) -> Bool {
        rest.dropping("::").flatMap(\.first).map(isHex) ?? false
    }

    /// Letters, digits and what holds addresses, ids and Base64 together.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "+"),
            UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "%"), UInt8(ascii: "@"):
            true
        default: isWord(byte)
        }
    }

    /// A token that is an address, an id or a key as a whole, though parts of it are mere letters.
    private static func variable(_ token: ByteText) -> Bool {
        let digits = token.count(where: isDigit)
        let colons = token.count { $0 == UInt8(ascii: ":") }
        // IPv6, MAC.
        let address = token.prefix { $0 != UInt8(ascii: "%") }
        if colons >= 2, address.allSatisfy({ isHex($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }) {
            return true
        }
        // UUIDs and plain hexadecimal, as long as a short commit id.
        if token.count >= 7, digits > 0, token.allSatisfy({ isHex($0) || $0 == UInt8(ascii: "-") }) { return true }
        if token.count >= 16, token.allSatisfy(isHex) { return true }
        // Base64: long, with digits and both cases, and nothing of a path or a name about it.
        let body = token.dropping("SHA256:") ?? token
        return body.count >= 20 && digits > 0 && body.contains { (65...90).contains($0) }
            && body.contains { (97...122).contains($0) }
            && body.allSatisfy { isWord($0) || "+/=".utf8.contains($0) }
    }

    /// Runs of letters and digits with a digit in them, each masked for itself.
    private static func maskParts(_ token: ByteText) -> [UInt8] {
        var masked: [UInt8] = []
        var rest = token
        while let byte = rest.first {
            guard isWord(byte) else {
                masked.append(byte)
                rest = rest.dropFirst()
                continue
            }
            let run = rest.prefix(while: isWord)
            masked += run.contains(where: isDigit) ? [sign] : Array(run)
            rest = rest.dropFirst(run.count)
        }
        return masked
    }

    /// `#.#.#.#:#` and `#-#` → `#`; no blanks at the ends.
    private static func collapsed(_ masked: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for (index, byte) in masked.enumerated() {
            let isBetween = byte != sign && ".:-/+%".utf8.contains(byte) && result.last == sign
            if isBetween, index + 1 < masked.count, masked[index + 1] == sign { continue }
            if byte == sign, result.last == sign { continue }
            result.append(byte)
        }
        while result.last == UInt8(ascii: " ") { result.removeLast() }
        while result.first == UInt8(ascii: " ") { result.removeFirst() }
        return result
    }
}

extension ArraySlice<UInt8> {
    /// Without the sentence's punctuation at the end of a token.
    fileprivate func trimmingEnd() -> ArraySlice<UInt8> {
        var rest = self
        while rest.count > 1, let last = rest.last, ".:-=/@+%".utf8.contains(last) { rest = rest.dropLast() }
        return rest
    }
}
