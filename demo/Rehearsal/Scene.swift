import Foundation
import Synchronization

/// A temporary directory and the processes that work in it. Both are gone when the scene closes: normally, after an
/// error, after cancellation, and by the caretaker when we were killed.
public final class Scene: Sendable {
    public let directory: TemporaryDirectory
    private let caretaker: Caretaker
    private let programs = Mutex<[Program]>([])
    private let runs = Atomic<Int>(0)

    /// Opens a scene, plays it, and closes it whatever happens.
    /// - Parameter isKept: Whether the directory stays for a person to look at.
    public static func play<Result>(
        _ label: String, keepingDirectory isKept: Bool = false, _ body: (Scene) async throws -> Result
    ) async throws -> Result {
        let scene = try Scene(label: label)
        do {
            let result = try await body(scene)
            await scene.close(keepingDirectory: isKept)
            return result
        } catch {
            await scene.close(keepingDirectory: isKept)
            throw error
        }
    }

    public init(label: String) throws {
        // A reader that goes away is an error of the write, not our end.
        signal(SIGPIPE, SIG_IGN)
        directory = try TemporaryDirectory(label: label)
        caretaker = try Caretaker(directory: directory.path)
        _ = try directory.directory("logs")
    }

    /// Starts a process that runs until it is stopped or the scene closes. Its output goes to `logs/NAME.log`.
    public func start(
        _ executable: String, _ arguments: [String], name: String, environment: [String: String] = [:]
    ) throws -> Program {
        let log = directory.file("logs/\(name).log")
        let launch = Launch(
            executable: try Self.find(executable), arguments: arguments, environment: environment,
            outputFile: log, errorFile: log)
        return try own(launch, name: name)
    }

    /// What a program that ran to its end has said.
    public struct Output: Sendable {
        public let end: Program.End
        public let standardOutput: String
        public let standardError: String

        public var isSuccess: Bool { end == .exited(0) }
        /// The exit code; `nil` when a signal ended it.
        public var exitCode: Int32? {
            switch end {
            case .exited(let code): code
            case .killed: nil
            }
        }
    }

    /// Runs a program to its end.
    /// - Throws: `RehearsalError.late` when it takes longer; it is killed then. Its exit code is for the caller.
    public func run(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:], seconds: Double = 30
    ) async throws -> Output {
        let name = executable.split(separator: "/").last.map(String.init) ?? executable
        let number = runs.add(1, ordering: .relaxed).newValue
        let files = (directory.file("run-\(number).out"), directory.file("run-\(number).err"))
        defer {
            unlink(files.0)
            unlink(files.1)
        }
        let launch = Launch(
            executable: try Self.find(executable), arguments: arguments, environment: environment,
            outputFile: files.0, errorFile: files.1)
        let program = try own(launch, name: name)
        do {
            let end = try await program.waitForEnd(seconds: seconds)
            forget(program)
            return Output(
                end: end, standardOutput: Self.text(files.0), standardError: Self.text(files.1))
        } catch {
            await program.kill()
            forget(program)
            throw error
        }
    }

    /// Ends every process and removes the directory. Safe to call twice.
    public func close(keepingDirectory isKept: Bool = false) async {
        let all = programs.withLock { programs in
            defer { programs = [] }
            return programs
        }
        // The newest first: agents before what they look at.
        for program in all.reversed() { await program.kill() }
        if isKept { caretaker.keepDirectory() } else { directory.remove() }
        caretaker.finish()
    }

    /// Programs that still run.
    public var running: [Program] { programs.withLock { $0.filter { $0.ended == nil } } }

    private func own(_ launch: Launch, name: String) throws -> Program {
        let program = try Program(launch, name: name, caretaker: caretaker)
        programs.withLock { $0.append(program) }
        return program
    }

    private func forget(_ program: Program) {
        programs.withLock { programs in programs.removeAll { $0 === program } }
    }

    private static func text(_ file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }

    /// The path of a program: as it stands, beside us in the build directory, or on the search path.
    static func find(_ name: String) throws -> String {
        if name.contains("/") { return name }
        if let built = BuildDirectory.program(name) { return built }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let folders = path.split(separator: ":").map(String.init) + ["/usr/bin", "/usr/sbin", "/lib/systemd"]
        for folder in folders {
            let candidate = folder + "/" + name
            if access(candidate, X_OK) == 0 { return candidate }
        }
        throw RehearsalError.missing(program: name, mend: "run `make packages`, then `make build`")
    }
}
