// Performs what Delivery decides: moves batches from the spool to the client and answers back. Lives on the main
// thread; looking up a name may block and is left to the worker.
import NIOCore
import Terms

final class Courier {
    /// Inflated bytes of one batch. A fleet's catch-up needs no more, and the agent's memory stays small.
    static let batchBytes = 1 << 20

    private let spool: Spool
    private let client: Client
    private let collector: Configuration.Collector
    private let clock: Clock
    private let log: Log
    private let lookUp: (String, Int) -> Void
    private var delivery: Delivery
    private var connection: UInt64 = 0
    private var isLookingUp = false
    private(set) var isFinished = false
    private(set) var delivered: UInt64 = 0

    /// - Parameter lookUp: to be answered by `found`.
    init(
        spool: Spool, client: Client, collector: Configuration.Collector, clock: Clock, log: Log, seed: UInt64,
        lookUp: @escaping (String, Int) -> Void
    ) {
        self.spool = spool
        self.client = client
        self.collector = collector
        self.clock = clock
        self.log = log
        self.lookUp = lookUp
        delivery = Delivery(seed: seed)
    }

    var wakeMicroseconds: UInt64? { delivery.wakeMilliseconds.map { $0 * 1000 } }

    var isInFlight: Bool { delivery.isInFlight }

    /// Reports are waiting for longer than an answer takes.
    var isBehind: Bool { delivery.isResting }

    func poke() { handle(.poked) }

    func end() { handle(.ending) }

    func received(_ event: Client.Event, connection: UInt64) {
        // Word of a connection that was given up already.
        guard connection == self.connection else { return }
        switch event {
        case .connected:
            log.line(.info, "connected", "connected to the collector at \(collector.host):\(collector.port)")
            handle(.connected)
        case .disconnected(let reason): handle(.disconnected(reason: reason))
        case .answered(let answer): handle(.answered(answer))
        }
    }

    /// - Parameter addresses: none when the name could not be looked up.
    func found(_ addresses: [SocketAddress]) {
        guard isLookingUp else { return }
        isLookingUp = false
        guard !addresses.isEmpty else {
            return handle(.disconnected(reason: "the name \(collector.host) cannot be resolved"))
        }
        client.connect(addresses, connection: connection)
    }

    private func handle(_ event: Delivery.Event) {
        let actions = delivery.handle(
            event, nowMilliseconds: clock.monotonicMicroseconds() / 1000, waiting: spool.waiting)
        for action in actions { perform(action) }
    }

    private func perform(_ action: Delivery.Action) {
        switch action {
        case .connect: connect()
        case .send(let count): send(maximumReports: count)
        case .disconnect:
            connection += 1
            client.close()
        case .remove(let keys):
            delivered += UInt64(keys.count)
            spool.remove(Set(keys))
        case .setAside(let key, let code): spool.setAside(key, code: code)
        case .noteRefusal(let code): spool.refused(code: code)
        case .say(let priority, let text):
            switch priority {
            case .error: log.line(.error, "delivery refused", text)
            case .warning: log.line(.warning, "delivery failed", text)
            case .notice, .info: log.line(.notice, "delivery resumed", text)
            }
        case .finished: isFinished = true
        }
    }

    private func connect() {
        connection += 1
        if let address = try? SocketAddress(ipAddress: collector.host, port: collector.port) {
            return client.connect([address], connection: connection)
        }
        isLookingUp = true
        lookUp(collector.host, collector.port)
    }

    private func send(maximumReports: Int) {
        var batch = spool.oldest(maximumReports: maximumReports, maximumBytes: Self.batchBytes)
        while !batch.isEmpty {
            guard let body = BatchBody.gzipped(batch.map(\.payload)) else {
                log.line(.error, "no memory", "no memory to compress reports; they are kept")
                return handle(.disconnected(reason: "no memory to compress"))
            }
            if body.readableBytes <= Limits.bodyBytes {
                delivery.took(batch.map(\.key))
                return client.send(body, connection: connection)
            }
            if batch.count == 1 {
                log.line(
                    .error, "too large", "report \(batch[0].key.sequence) is too large to be sent; it is set aside")
                spool.setAside(batch[0].key, code: "too-large")
            }
            batch = Array(batch.prefix(batch.count / 2))
        }
        delivery.took([])
        if spool.waiting > 0 { handle(.poked) }
    }
}
