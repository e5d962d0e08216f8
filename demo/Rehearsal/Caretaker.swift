import Foundation
import Synchronization

/// A small shell beside us that cleans up when we are gone without having done so: killed, crashed, anything. It reads
/// what we start and end from a pipe; when the pipe closes it kills what is left and removes the directory.
/// Never acts while we live, and knows only process groups that we started.
final class Caretaker: Sendable {
    private let pipe: Int32
    private let shell: pid_t
    private let isDone = Mutex(false)

    init(directory: String) throws {
        var ends: [Int32] = [0, 0]
        // A pair of sockets, because it is born closed-on-exec: an end that another child inherits would keep it open.
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw RehearsalError.system("open a pipe", errno) }
        pipe = ends[1]
        defer { close(ends[0]) }
        shell = try Self.spawn(reading: ends[0])
        tell("directory \(directory)")
    }

    func started(_ pid: pid_t) { tell("started \(pid)") }
    func gone(_ pid: pid_t) { tell("gone \(pid)") }
    /// The directory stays.
    func keepDirectory() { tell("keep") }

    /// Lets it do what is left and waits for it.
    func finish() {
        let isFirst = isDone.withLock { done in
            defer { done = true }
            return !done
        }
        guard isFirst else { return }
        close(pipe)
        var status: Int32 = 0
        for _ in 0..<5000 {
            guard waitpid(shell, &status, WNOHANG) == 0 else { return }
            usleep(2000)
        }
    }

    deinit { finish() }

    private func tell(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        // One write of a short line is whole or not at all; a reader that is gone cannot be helped.
        _ = isDone.withLock { done in done ? 0 : write(pipe, bytes, bytes.count) }
    }

    private static let script = """
        trap '' INT TERM HUP PIPE
        groups=' '
        directory=
        while read -r word rest; do
            case $word in
            started) groups="$groups$rest " ;;
            gone) groups="${groups%% $rest *} ${groups#* $rest }" ;;
            directory) directory=$rest ;;
            keep) directory= ;;
            esac
        done
        for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
        [ -z "$directory" ] || rm -rf -- "$directory" || { sleep 1; rm -rf -- "$directory"; }
        """

    private static func spawn(reading descriptor: Int32) throws -> pid_t {
        let launch = Launch(
            executable: "/bin/sh", arguments: ["-c", script], inputDescriptor: descriptor,
            outputFile: "/dev/null", errorFile: "/dev/null")
        return try launch.spawn()
    }
}
