// What it means for the measurement that no connection could be made.
import Glibc
import NIOCore
import NIOPosix
import Terms

enum ConnectFailure {
    static func cause(_ error: any Error) -> AbsenceCause {
        switch error {
        case let error as IOError:
            // Nobody listens, or the socket file is gone: the thing does not exist here.
            error.errnoCode == ECONNREFUSED ? .unsupported : AbsenceCause(errno: error.errnoCode)
        case ChannelError.connectTimeout: .timeout
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { cause($0.error) } ?? .unsupported
        default: .unsupported
        }
    }
}
