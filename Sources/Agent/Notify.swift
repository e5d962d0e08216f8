// What systemd is told (sd_notify(3)): that the agent is ready, what it does, and that it is alive. The watchdog is fed
// only while reports are made, so that an agent that hangs is restarted.
import CSystemd
import Glibc

struct Notify {
    /// Half of what the unit allows; `nil`: no watchdog.
    let watchdogMicroseconds: UInt64?
    private var nextMicroseconds: UInt64 = 0
    private let send: (String) -> Void

    init(environment: (String) -> String? = Notify.environment, send: @escaping (String) -> Void = Notify.toSystemd) {
        self.send = send
        let isForUs = environment("WATCHDOG_PID").map { Int32($0) == getpid() } ?? true
        let period = environment("WATCHDOG_USEC").flatMap { UInt64($0) } ?? 0
        watchdogMicroseconds = isForUs && period > 1 ? period / 2 : nil
    }

    func ready() { send("READY=1") }

    func stopping() { send("STOPPING=1") }

    func status(_ text: String) { send("STATUS=" + text) }

    /// When to call `beat` next.
    var wakeMicroseconds: UInt64? { watchdogMicroseconds == nil ? nil : nextMicroseconds }

    mutating func beat(nowMicroseconds: UInt64, isAlive: Bool) {
        guard let period = watchdogMicroseconds, nextMicroseconds <= nowMicroseconds else { return }
        nextMicroseconds = nowMicroseconds + period
        if isAlive { send("WATCHDOG=1") }
    }

    static func toSystemd(_ text: String) { sd_notify(0, text) }

    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
