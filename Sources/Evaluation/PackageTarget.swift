/// A Debian package that a roll-out brings, from an artefact's package URL.
struct PackageTarget: Sendable, Equatable {
    var name: String
    /// `nil`: the URL names none.
    var version: String?
    var architecture: String?

    /// `pkg:deb/NAMESPACE/NAME@VERSION?arch=ARCH` (package-url specification); `nil` for other types.
    init?(packageURL text: String) {
        guard text.hasPrefix("pkg:deb/") else { return nil }
        var rest = text.dropFirst("pkg:deb/".count)
        if let fragment = rest.firstIndex(of: "#") { rest = rest[..<fragment] }
        var qualifiers = Substring()
        if let question = rest.firstIndex(of: "?") {
            qualifiers = rest[rest.index(after: question)...]
            rest = rest[..<question]
        }
        if let at = rest.lastIndex(of: "@") {
            version = Self.decoded(rest[rest.index(after: at)...])
            rest = rest[..<at]
        }
        guard let last = rest.split(separator: "/").last, let name = Self.decoded(last), !name.isEmpty else {
            return nil
        }
        self.name = name
        for pair in qualifiers.split(separator: "&") where pair.hasPrefix("arch=") {
            architecture = Self.decoded(pair.dropFirst("arch=".count))
        }
    }

    /// Percent-decoded; `nil` where that gives no text.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
