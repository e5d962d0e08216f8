import Logging
import ServiceLifecycle
import Shared
import Synchronization
import UnixSignals

/// Reads certificates, permissions, policies and secrets again: on SIGHUP, and once a minute when the files differ from
/// what is served. Each is loaded, verified and swapped by itself; what is refused serves on as it was.
struct Reloading: Service {
    /// Something that is read again as a whole.
    struct Part: Sendable {
        var name: String
        /// Asked once a minute; SIGHUP reloads without asking.
        var isStale: @Sendable () -> Bool
        var reload: @Sendable () async throws -> Void
    }

    let parts: [Part]
    let metrics: Metrics
    let logger: Logger
    var checkSeconds = 60

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await onSignal() }
                group.addTask { await onChange() }
                await group.waitForAll()
            }
        }
    }

    private func onSignal() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup) {
            logger.notice("SIGHUP: reading certificates, permissions, policies and secrets again")
            for part in parts { _ = await reload(part) }
        }
    }

    private func onChange() async {
        // The same fault is told once.
        var told: [String: String] = [:]
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(checkSeconds))
            for part in parts where !Task.isCancelled && part.isStale() {
                let fault = await reload(part, unless: told[part.name])
                told[part.name] = fault
            }
        }
    }

    /// - Returns: what was wrong.
    func reload(_ part: Part, unless told: String? = nil) async -> String? {
        do {
            try await part.reload()
            return nil
        } catch {
            let fault = "\(error)"
            metrics.count { $0.reloadFailures += 1 }
            if fault != told { logger.error("\(part.name): refused, the old ones serve on: \(fault)") }
            return fault
        }
    }
}
