// Text from elsewhere, made safe to show in a terminal. Must never let a control character through: an answer could
// otherwise move the cursor or hide lines.

enum Printable {
    /// One line: line ends and tabs become spaces, other control characters `?`.
    static func line(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .lineSeparator, .paragraphSeparator: result.append(" ")
            case .control: result.append(scalar == "\n" || scalar == "\t" || scalar == "\r" ? " " : "?")
            // Bidirectional overrides reorder what a person reads.
            case .format: result.append(isReordering(scalar) ? "?" : scalar)
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// Line ends stay.
    static func lines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line(String($0)) }.joined(separator: "\n")
    }

    private static func isReordering(_ scalar: Unicode.Scalar) -> Bool {
        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }
}
