// SIGTERM and SIGINT as values, so that a wait ends with its own exit code. Must be started before the wait, and takes
// the signals over for the rest of the process.
import Dispatch
import Foundation

enum Signals {
    /// - Returns: each SIGTERM or SIGINT from now on.
    static func ends() -> AsyncStream<Int32> {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingNewest(1))
        for number in [SIGTERM, SIGINT] {
            // The default action would end the process before the source sees the signal.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            // The handler's reference to its own source keeps it for as long as the process.
            source.setCancelHandler { _ = source }
            source.activate()
        }
        return stream
    }
}
