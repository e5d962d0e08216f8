// One journal entry, as far as the agent looks at it. Only fields that begin with `_` are journald's own word; the
// others can be written by any client of any user, and whoever reads them here must know which is which.
import Terms

struct JournalEntry: Sendable, Equatable {
    /// Microseconds since 1970, of its reception.
    var timeMicroseconds: UInt64 = 0

    // Written by the client.
    /// `nil`: it has none. At most `messageBytes` of it.
    var message: ByteText?
    /// Informational, as journald assumes, where the client said nothing of use.
    var priority: UInt8 = 6
    var messageID = ""
    var unit: String?
    var objectUnit: String?
    var coredumpUnit: String?
    var sessionID: String?
    var userID: String?
    var droppedEntries: UInt64?

    // Written by journald.
    var systemdUnit: String?
    var uid: UInt32?
    var pid: UInt32?
    var command = ""
    var executable = ""
    var transport = ""
    var session: String?

    static let messageBytes = 2048

    /// Fields beyond this are nobody's; an entry may have any number.
    static let fields = 1024

    /// Takes one `NAME=value`. A client may repeat its fields: the first counts.
    mutating func take(_ field: UnsafeRawBufferPointer) {
        guard let equals = field.prefix(32).firstIndex(of: UInt8(ascii: "=")) else { return }
        let name = UnsafeRawBufferPointer(rebasing: field[..<equals])
        let value = UnsafeRawBufferPointer(rebasing: field[(equals + 1)...])
        if name.first == UInt8(ascii: "_") { return takeTrusted(name, value) }
        if name.reads("MESSAGE") {
            if message == nil { message = Array(value.prefix(Self.messageBytes))[...] }
        } else if name.reads("PRIORITY") {
            if value.count == 1, let digit = value.first, (48...55).contains(digit) { priority = digit - 48 }
        } else if name.reads("MESSAGE_ID") {
            if messageID.isEmpty { messageID = Self.text(value) }
        } else if name.reads("UNIT") {
            unit = unit ?? Self.text(value)
        } else if name.reads("OBJECT_SYSTEMD_UNIT") {
            objectUnit = objectUnit ?? Self.text(value)
        } else if name.reads("COREDUMP_UNIT") {
            coredumpUnit = coredumpUnit ?? Self.text(value)
        } else if name.reads("SESSION_ID") {
            sessionID = sessionID ?? Self.text(value)
        } else if name.reads("USER_ID") {
            userID = userID ?? Self.text(value)
        } else if name.reads("N_DROPPED") {
            droppedEntries = droppedEntries ?? Self.number(value)
        }
    }

    private mutating func takeTrusted(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        if name.reads("_SYSTEMD_UNIT") {
            systemdUnit = Self.text(value)
        } else if name.reads("_UID") {
            uid = Self.number(value).flatMap(UInt32.init(exactly:))
        } else if name.reads("_PID") {
            pid = Self.number(value).flatMap(UInt32.init(exactly:))
        } else if name.reads("_COMM") {
            command = Self.text(value)
        } else if name.reads("_EXE") {
            executable = Self.text(value)
        } else if name.reads("_TRANSPORT") {
            transport = Self.text(value)
        } else if name.reads("_SYSTEMD_SESSION") {
            session = Self.text(value)
        }
    }

    private static func text(_ value: UnsafeRawBufferPointer) -> String {
        String(decoding: value.prefix(256), as: UTF8.self)
    }

    private static func number(_ value: UnsafeRawBufferPointer) -> UInt64? {
        ProcText.decimal(Array(value.prefix(21))[...])
    }

    // MARK: whose it is

    var isFromKernel: Bool { transport == "kernel" }

    /// systemd itself, speaking of a unit.
    var isFromSystemd: Bool { uid == 0 && (pid == 1 || systemdUnit == "init.scope") }

    private static let coredumpID = "fc2e22bc6ee647b6b90729ab34a250b1"

    /// The unit that the entry belongs to, by the rules of `journalctl --unit`: its own lines, and what root's
    /// processes say about it. Sessions and other scopes have a new name each time and are no unit here.
    var owner: String? {
        if isFromSystemd, let unit { return Self.named(unit) }
        if uid == 0, let objectUnit { return Self.named(objectUnit) }
        if uid == 0, messageID == Self.coredumpID, let coredumpUnit { return Self.named(coredumpUnit) }
        return systemdUnit.flatMap(Self.named)
    }

    private static func named(_ unit: String) -> String? {
        guard !unit.isEmpty, !unit.hasSuffix(".scope") || unit == "init.scope" else { return nil }
        return ProcText.cut(ProcText.label(Array(unit.utf8)[...]), limitBytes: Limits.labelBytes)
    }

    private static let suppressedID = "a596d6fe7bfa4994828e72309e95d61e"

    /// Entries that journald itself dropped by its rate limit.
    var suppressed: UInt64 {
        transport == "driver" && messageID == Self.suppressedID ? droppedEntries ?? 0 : 0
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func reads(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && elementsEqual(UnsafeRawBufferPointer(start: text.utf8Start, count: count))
    }
}
