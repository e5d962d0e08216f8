// What it means for the measurement that no connection could be made.
import Glibc
import Terms

enum ConnectFailure {
    /// - Parameter code: errno of connect(2), or SO_ERROR.
    static func cause(_ code: Int32) -> AbsenceCause {
        // Nobody listens: the thing does not exist here. EAGAIN, a socket file whose queue is full, is `timeout`.
        code == ECONNREFUSED ? .unsupported : AbsenceCause(errno: code)
    }
}
