import Shared

/// Who is at the other end of a connection, as its verified certificate says. Fixed at the handshake; nothing that a
/// request carries can change it.
struct Peer: Sendable, Equatable {
    let id: SpiffeID
    /// End of the certificate's life, which a connection may outlive: compared again at each request.
    let notAfterSeconds: UInt64
    /// Without the port.
    let address: String

    /// Set for the whole life of a connection's task.
    @TaskLocal static var current: Peer?
}
