import Foundation

/// How a process is started: what, with which words, where its output goes.
/// Children get a process group of their own, so that a Ctrl-C at the terminal reaches us first and we end them in
/// order; and none of our signal settings.
struct Launch {
    var executable: String
    var arguments: [String] = []
    /// Added to our own environment.
    var environment: [String: String] = [:]
    /// Read as standard input; nothing by default.
    var inputDescriptor: Int32?
    /// Appended to.
    var outputFile: String
    var errorFile: String

    func spawn() throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let appending = O_WRONLY | O_CREAT | O_APPEND
        if let inputDescriptor {
            posix_spawn_file_actions_adddup2(&actions, inputDescriptor, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, outputFile, appending, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorFile, appending, 0o600)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var merged = ProcessInfo.processInfo.environment
        merged.merge(environment) { _, ours in ours }
        let words = CStrings([executable] + arguments)
        let settings = CStrings(merged.map { "\($0.key)=\($0.value)" })
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, executable, &actions, &attributes, words.pointers, settings.pointers)
        guard failure == 0 else { throw RehearsalError.system("start \(executable)", failure) }
        return pid
    }
}

/// A null-terminated array of C strings, freed at its end.
private final class CStrings {
    let pointers: [UnsafeMutablePointer<CChar>?]
    init(_ texts: [String]) { pointers = texts.map { strdup($0) } + [nil] }
    deinit { for pointer in pointers { free(pointer) } }
}
