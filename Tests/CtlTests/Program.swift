// Runs a real program to its end, with its output in files, and kills it by its own id when it takes too long.
import Foundation
import Synchronization

struct ProgramEnd: Sendable {
    /// Exit code; 128 + signal when it was killed.
    var status: Int32
    var output: String
    var errors: String
}

final class Program: Sendable {
    struct TookTooLong: Error {}

    private let process: Mutex<Process>
    private let directory: TemporaryDirectory
    private let ended: AsyncStream<Int32>

    /// perchctl as it was built together with these tests.
    static let perchctl: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("perchctl").path
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.appendingPathComponent(".build/debug/perchctl").path
    }()

    init(_ path: String, _ arguments: [String], environment: [String: String] = [:], input: String = "") throws {
        let directory = try TemporaryDirectory()
        self.directory = directory
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": directory.path].merging(environment) { $1 }
        process.standardInput = FileHandle(forReadingAtPath: try directory.write("input", input))
        for name in ["output", "errors"] { try directory.write(name, "") }
        process.standardOutput = FileHandle(forWritingAtPath: directory.file("output"))
        process.standardError = FileHandle(forWritingAtPath: directory.file("errors"))
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        ended = stream
        process.terminationHandler = { process in
            let base: Int32 = process.terminationReason == .uncaughtSignal ? 128 : 0
            continuation.yield(base + process.terminationStatus)
            continuation.finish()
        }
        try process.run()
        self.process = Mutex(process)
    }

    func send(_ signal: Int32) { _ = process.withLock { kill($0.processIdentifier, signal) } }

    func end(within limit: Duration = .seconds(60)) async throws -> ProgramEnd {
        let status = await withTaskGroup(of: Int32?.self) { group in
            group.addTask { [ended] in await ended.first { _ in true } }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        guard let status else {
            send(SIGKILL)
            throw TookTooLong()
        }
        return ProgramEnd(status: status, output: try directory.text("output"), errors: try directory.text("errors"))
    }
}
