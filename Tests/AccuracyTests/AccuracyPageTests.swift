import Foundation
import Testing

@testable import perch_accuracy

/// Numbers in documents grow old unseen; these do not.
@Suite struct AccuracyPageTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func whatIsInDocsIsWhatTheCommandWrites() throws {
        var options = Options()
        options.cases = root.appending(path: options.cases).path
        for file in try Accuracy.files(options) {
            let stored = try String(contentsOf: root.appending(path: "docs/\(file.name)"), encoding: .utf8)
            #expect(stored == file.text, "docs/\(file.name) is not what `make accuracy` writes now")
        }
    }

    @Test(arguments: [["--metric", "err"], ["--metric", "speed"], ["--clean"], ["--what", "x"]])
    func whatIsNotUnderstoodIsRefused(arguments: [String]) {
        #expect(throws: AccuracyError.self) { try Options(arguments) }
    }

    @Test func markupInTextIsEscaped() {
        #expect(Canvas.escaped("a<b & \"c\">") == "a&lt;b &amp; &quot;c&quot;&gt;")
        #expect(Canvas.number(-0.04) == "0")
        #expect(Canvas.number(-12.25) == "-12.3")
    }
}
