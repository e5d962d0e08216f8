// Replays the recorded cases and writes what came of it: a page with tables and two pictures. Must never write a part
// of it when a case cannot be read.
import Foundation

@main
enum Accuracy {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments == ["--help"] { return print(Options.usage) }
        do {
            try write(try Options(arguments))
        } catch {
            FileHandle.standardError.write(Data("perch-accuracy: \(error)\n".utf8))
            exit(3)
        }
    }

    struct File {
        let name: String
        let text: String
    }

    private static func write(_ options: Options) throws {
        if let file = options.fingerprints { return try compare(options, with: file) }
        let page = try page(options)
        let files = files(of: page)
        let out = URL(filePath: options.out)
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
        for file in files { try Data(file.text.utf8).write(to: out.appending(path: file.name)) }
        print(page.summary.table.markdown)
        print("\nwritten to \(options.out): \(files.map(\.name).joined(separator: ", "))")
    }

    private static func compare(_ options: Options, with file: String) throws {
        let cases = URL(filePath: options.cases)
        let results = try CaseResult.replayAll(folder: cases, expected: try ExpectedCases(folder: cases))
        let text = FingerprintList.text(results)
        guard text == (try String(contentsOfFile: file, encoding: .utf8)) else {
            throw AccuracyError("verdicts differ from \(file); now they are:\n\(text)")
        }
        print("\(results.count) cases, every bit of every verdict as in \(file)")
    }

    static func files(_ options: Options) throws -> [File] { files(of: try page(options)) }

    private static func files(of page: AccuracyPage) -> [File] {
        [
            File(name: "accuracy.md", text: page.markdown),
            File(name: "accuracy-clean.svg", text: LimitChart.svg(page.clean)),
            File(name: "accuracy-regressed.svg", text: LimitChart.svg(page.regressed)),
        ]
    }

    private static func page(_ options: Options) throws -> AccuracyPage {
        let cases = URL(filePath: options.cases)
        let expected = try ExpectedCases(folder: cases)
        let results = try CaseResult.replayAll(folder: cases, expected: expected)
        func series(_ name: String) throws -> LimitSeries {
            guard let result = results.first(where: { $0.name == name }) else {
                throw AccuracyError("no case is called \(name)")
            }
            return try LimitSeries(result, metric: options.metric)
        }
        let grace = expected.acceptance.graceHours
        return AccuracyPage(
            results: results, summary: Summary(results, graceHours: grace), graceHours: grace,
            clean: try series(options.clean), regressed: try series(options.regressed))
    }
}
