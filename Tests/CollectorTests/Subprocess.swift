import Foundation
import Glibc
import Testing

/// A program that a test runs to its end.
enum Subprocess {
    /// What it wrote to either output goes into one text.
    static func run(
        _ program: String, _ arguments: [String], in directory: String, seconds: Double = 180
    ) async throws -> (status: Int32, text: String) {
        let output = directory + "/output"
        try Data().write(to: URL(filePath: output))
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: directory)
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["HOME": directory, "ANSIBLE_HOME": directory, "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"]
        ) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = process.standardOutput
        try process.run()
        try await eventually("\(program) ends", seconds: seconds) { !process.isRunning }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        return (process.terminationStatus, (try? String(contentsOfFile: output, encoding: .utf8)) ?? "")
    }
}
