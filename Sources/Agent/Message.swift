// What may arrive in the main thread's mailbox, and what a blocking job may answer.
import NIOCore
import Terms

enum Message: Sendable {
    case job(Worker<JobAnswer>.Completion)
    /// The Redis fleet's answer for one report.
    case instances([InstanceSample], round: UInt64)
    case fleetStopped
    case client(Client.Event, connection: UInt64)
}

enum JobAnswer: Sendable {
    case sample(Sample)
    /// The collector's addresses; empty: the name could not be resolved.
    case addresses([SocketAddress])
    case spoolFlushed(isSafe: Bool)
    /// Listening ports were looked through for Redis.
    case discovered
    case persistence([String: PersistenceReading])
    /// Probes were told that the agent ends.
    case finished
}
