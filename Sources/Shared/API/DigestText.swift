/// SHA-256 as the API writes it.
public enum DigestText {
    public static let rule = "64 lowercase hexadecimal digits"

    public static func isValid(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
