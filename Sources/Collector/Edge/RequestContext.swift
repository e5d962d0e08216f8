import Hummingbird
import Logging
import NIOCore
import Shared

/// What a route knows of its request beside the request itself: who asks, from where, and under which id it is logged.
struct PerchRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// `nil` only where no certificate was asked for: the health listener and tests of a bare router.
    let peer: Peer?

    /// As in `Problem.instance` and in the log.
    let requestID: String

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = Peer.current
        // Hummingbird keeps its own in the logger alone, and not every log handler gives it back.
        requestID = RequestID().description
        logger[metadataKey: "hb.request.id"] = .string(requestID)
        if let peer { logger[metadataKey: "caller"] = .string(peer.id.description) }
    }

    /// The verified identity. Routes are reached through `ProblemMiddleware` only, which turns away those without one.
    var caller: SpiffeID {
        guard let peer else { preconditionFailure("a route ran without ProblemMiddleware in front of it") }
        return peer.id
    }

    var address: String { peer?.address ?? "" }

    /// A host's or roll-out's name in the path.
    /// - Throws: `not-found` for what can be no such name.
    func name(_ parameter: String) throws(Problem) -> String {
        guard let text = parameters.get(parameter), !text.isEmpty, text.utf8.count <= Limits.hostBytes,
            text.utf8.allSatisfy(Self.isNameByte)
        else { throw Problem(.notFound, "there is nothing of that name, or it is not yours") }
        return text
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
