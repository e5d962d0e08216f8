// Runs one of Debian's own tools (gpgv, dpkg-deb, gzip, xz) and waits for it. No shell is between, so that no name of a
// file can become a command.
import Foundation

enum Tool {
    struct Output {
        let status: Int32
        let bytes: Data
        let errors: String
    }

    /// - Throws: `Failure` when it cannot be started.
    static func run(_ name: String, _ arguments: [String]) throws -> Output {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["--", name] + arguments
        process.environment = ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"]
        process.standardInput = FileHandle.nullDevice
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        do {
            try process.run()
        } catch {
            throw Failure.usage("\(name) cannot be started: \(error)", mend: "install it")
        }
        // Messages are short: they fit into the pipe while the output is read.
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus != 127 else {
            throw Failure.usage("\(name) is not installed", mend: "install Debian's package of it")
        }
        return Output(status: process.terminationStatus, bytes: bytes, errors: text)
    }
}
