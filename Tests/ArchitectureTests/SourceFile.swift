import Foundation

/// A Swift file of this package, read for its imports and words. Knows nothing of what is allowed.
struct SourceFile {
    /// From the package's root, such as `Sources/Judge/Block.swift`.
    let path: String
    /// The text without comments and string literals.
    let code: String

    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every Swift file under a folder, sorted.
    static func under(_ folder: String) throws -> [SourceFile] {
        let base = root.appending(path: folder)
        guard let found = FileManager.default.enumerator(atPath: base.path) else { return [] }
        let names = found.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.sorted()
        return try names.map { name in
            let text = try String(contentsOf: base.appending(path: name), encoding: .utf8)
            return SourceFile(path: folder + "/" + name, code: withoutCommentsAndStrings(text))
        }
    }

    /// Modules named in `import` declarations, whatever stands before or after the keyword.
    var imports: [String] {
        code.split(separator: "\n").compactMap { line in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
                words[..<place].allSatisfy({ $0.hasPrefix("@") || Self.accessLevels.contains(String($0)) })
            else { return nil }
            let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
            let module = kinds.contains(String(words[place + 1])) ? words.dropFirst(place + 2).first : words[place + 1]
            return module?.split(separator: ".").first.map(String.init)
        }
    }

    /// Identifiers and keywords, each once.
    var words: Set<String> {
        Set(code.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") }).map(String.init))
    }

    private static let accessLevels: Set<String> = ["public", "package", "internal", "fileprivate", "private"]

    /// Good enough for this package's own style: no nested block comments, no regular-expression literals.
    static func withoutCommentsAndStrings(_ text: String) -> String {
        var kept = ""
        var rest = Substring(text)
        while let character = rest.first {
            if rest.hasPrefix("//") {
                rest = rest.drop { !$0.isNewline }
            } else if rest.hasPrefix("/*") {
                rest = rest.range(of: "*/").map { rest[$0.upperBound...] } ?? ""
            } else if rest.hasPrefix("\"\"\"") {
                rest = rest.dropFirst(3)
                rest = rest.range(of: "\"\"\"").map { rest[$0.upperBound...] } ?? ""
            } else if character == "\"" {
                rest = afterString(rest.dropFirst())
            } else {
                kept.append(character)
                rest = rest.dropFirst()
            }
        }
        return kept
    }

    private static func afterString(_ text: Substring) -> Substring {
        var rest = text
        while let character = rest.first, !character.isNewline {
            if character == "\\" {
                rest = rest.dropFirst(2)
            } else if character == "\"" {
                return rest.dropFirst()
            } else {
                rest = rest.dropFirst()
            }
        }
        return rest
    }
}
