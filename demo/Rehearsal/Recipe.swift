import Foundation

/// A recipe of docs/integrations.md as it stands there, so that what people copy is what was tried.
public enum Recipe {
    /// The directory that holds Package.swift.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The indented text below a heading, with these words in the place of those.
    /// - Throws: `RehearsalError.missing` where one of the words does not stand there.
    public static func text(_ heading: String, replacing words: [(String, String)]) throws -> String {
        let file = root.appending(path: "docs/integrations.md")
        let lines = try String(contentsOf: file, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        let section = lines.drop { $0 != "## \(heading)" }.dropFirst()
        let block = section.drop { !$0.hasPrefix("    ") }.prefix { $0.hasPrefix("    ") || $0.isEmpty }
        var text = block.map { $0.dropFirst(4) }.joined(separator: "\n")
        for (word, other) in words {
            guard text.contains(word) else {
                throw RehearsalError.missing(
                    program: "`\(word)` in the recipe \(heading)", mend: "let test and docs/integrations.md agree")
            }
            text = text.replacing(word, with: other)
        }
        return text
    }
}

/// Python programs that tests use, pinned in tools/python-tools.txt and kept beside the build.
public enum PythonTools {
    private static let made = Task {
        // BUILD/x86_64-unknown-linux-gnu/debug/… : where `make python-tools` puts them, too.
        guard let products = BuildDirectory.directory else {
            throw RehearsalError.missing(program: "directory of the build", mend: "run the tests by swift test")
        }
        let directory = URL(filePath: products).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "python-tools")
        let process = Process()
        process.executableURL = Recipe.root.appending(path: "tools/python-tools")
        process.arguments = [directory.path]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try await Waiting.untilTrue("the Python programs", seconds: 300, everyMilliseconds: 20) { !process.isRunning }
        guard process.terminationStatus == 0 else {
            throw RehearsalError.missing(program: "ansible-core and schemathesis", mend: "tools/python-tools says why")
        }
        return directory.appending(path: "venv/bin")
    }

    /// Path of an installed program.
    public static func program(_ name: String) async throws -> String {
        try await made.value.appending(path: name).path
    }
}
