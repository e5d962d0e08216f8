import Shared
import Testing

@testable import Collector

@Suite struct HostTests {
    private static let machine = [UInt8](repeating: 1, count: 32)
    private static let other = [UInt8](repeating: 2, count: 32)

    private static func host(_ machine: [UInt8]? = machine, _ addresses: String? = nil) -> Host {
        Host(
            registered: "a",
            Host.Registration(machineIDDigest: machine, addresses: addresses.flatMap { AddressRange($0) }), by: "ops",
            atMicroseconds: 1)
    }

    private static func knock(_ machine: [UInt8] = machine, _ address: String = "10.0.0.1") -> Host.Knock {
        Host.Knock(machineIDDigest: machine, address: address, caller: "agent")
    }

    private static func isAdmitted(_ admission: Host.Admission) -> Bool {
        if case .admitted = admission { true } else { false }
    }

    @Test func aMatchingReportActivatesAPendingHost() {
        var host = Self.host(Self.machine, "10.0.0.0/8")
        #expect(host.state == .pending && host.refusal == nil)
        #expect(!Self.isAdmitted(host.admit(Self.knock(Self.other), atMicroseconds: 2)))
        #expect(!Self.isAdmitted(host.admit(Self.knock(Self.machine, "11.0.0.1"), atMicroseconds: 2)))
        #expect(!Self.isAdmitted(host.admit(Self.knock([]), atMicroseconds: 2)))
        #expect(host.state == .pending)
        #expect(host.admit(Self.knock(), atMicroseconds: 3) == .admitted(isActivation: true))
        #expect(host.state == .active && host.row.changedAtMicroseconds == 3)
        #expect(host.admit(Self.knock(), atMicroseconds: 4) == .admitted(isActivation: false))
        // The range is for the activation; a mere change of address is none.
        #expect(Self.isAdmitted(host.admit(Self.knock(Self.machine, "11.0.0.1"), atMicroseconds: 5)))
    }

    @Test func theActivatingReportTeachesTheMachine() {
        var host = Self.host(nil)
        #expect(Self.isAdmitted(host.admit(Self.knock(), atMicroseconds: 2)))
        #expect(host.row.machineIDDigest == Self.machine)
        #expect(!Self.isAdmitted(host.admit(Self.knock(Self.other), atMicroseconds: 3)))
        #expect(host.state == .pending)
    }

    @Test func anotherMachineNeedsAnOperator() throws {
        var host = Self.host()
        _ = host.admit(Self.knock(), atMicroseconds: 2)
        let refused = host.admit(Self.knock([]), atMicroseconds: 3)
        guard case .refused(.hostPending, _, .machineChanged, true) = refused else {
            Issue.record("\(refused)")
            return
        }
        // Not even its old self comes back by itself.
        #expect(!Self.isAdmitted(host.admit(Self.knock(), atMicroseconds: 4)))
        #expect(try host.register(Host.Registration(machineIDDigest: Self.other), by: "ops", atMicroseconds: 5))
        #expect(!Self.isAdmitted(host.admit(Self.knock(), atMicroseconds: 6)))
        #expect(Self.isAdmitted(host.admit(Self.knock(Self.other), atMicroseconds: 7)))
    }

    @Test func twoSendersAreRefusedUntilAnOperatorLooked() throws {
        var host = Self.host()
        _ = host.admit(Self.knock(), atMicroseconds: 2)
        host.suspectDuplicate(by: "agent", atMicroseconds: 3)
        #expect(host.refusal?.code == .hostDuplicate)
        #expect(!Self.isAdmitted(host.admit(Self.knock(), atMicroseconds: 4)))
        #expect(try host.register(Host.Registration(), by: "ops", atMicroseconds: 5))
        #expect(host.state == .active && Self.isAdmitted(host.admit(Self.knock(), atMicroseconds: 6)))
        #expect(host.row.machineIDDigest == Self.machine)
        #expect(try !host.register(Host.Registration(), by: "ops", atMicroseconds: 7))
    }

    private enum Verb: CaseIterable { case register, admit, machine, retire, ban, lift }

    private static func apply(_ verb: Verb, _ host: inout Host) -> Bool {
        do {
            switch verb {
            case .register: _ = try host.register(Host.Registration(), by: "x", atMicroseconds: 9)
            case .admit: return isAdmitted(host.admit(knock(host.row.machineIDDigest ?? machine), atMicroseconds: 9))
            case .machine: return isAdmitted(host.admit(knock([9]), atMicroseconds: 9))
            case .retire: _ = try host.retire(by: "x", reason: "", atMicroseconds: 9)
            case .ban: _ = try host.ban(by: "x", reason: "", atMicroseconds: 9)
            case .lift: _ = try host.liftBan(by: "x", reason: "", atMicroseconds: 9)
            }
            return true
        } catch {
            return false
        }
    }

    /// Random lives: only the listed transitions happen, and only an active host's reports come in.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func onlyTheListedTransitionsHappen(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let allowed: Set<[HostView.State]> = [
            [.pending, .active], [.active, .retired], [.active, .pending], [.active, .banned], [.pending, .banned],
            [.banned, .pending],
        ]
        var host = Self.host()
        for _ in 0..<200 {
            let before = host.state
            let verb = Verb.allCases[Int(random.next() % UInt64(Verb.allCases.count))]
            let isAccepted = Self.apply(verb, &host)
            if before != host.state { #expect(allowed.contains([before, host.state]), "seed \(seed): \(verb)") }
            if verb == .admit, isAccepted { #expect(host.state == .active, "seed \(seed)") }
            if host.state == .retired { #expect(before == .retired || verb == .retire, "seed \(seed)") }
            if before == .banned, host.state != .banned { #expect(verb == .lift, "seed \(seed)") }
        }
    }

    // MARK: Addresses

    /// The trail's answers to addresses at minutes.
    private static func answers(_ visits: [(String, UInt64)]) -> [Bool] {
        var trail = AddressTrail()
        return visits.map { trail.note($0, atMicroseconds: $1 * 60_000_000) }
    }

    @Test func aReturnToTheAddressBeforeWithinTenMinutesIsTwoSenders() {
        #expect(Self.answers([("A", 1), ("A", 2), ("B", 3), ("A", 4)]) == [false, false, false, true])
        #expect(Self.answers([("A", 1), ("B", 2), ("C", 3), ("A", 4)]) == [false, false, false, false])
        #expect(Self.answers([("A", 1), ("B", 8), ("A", 12)]) == [false, false, false])
        #expect(Self.answers([("A", 1), ("B", 8), ("A", 11)]) == [false, false, true])
    }

    @Test func rangesHoldTheirAddresses() throws {
        let range = try #require(AddressRange("10.1.128.0/17"))
        #expect(range.contains("10.1.128.0") && range.contains("10.1.255.255") && range.contains("::ffff:10.1.200.1"))
        #expect(!range.contains("10.1.127.255") && !range.contains("::1") && !range.contains("x"))
        #expect(AddressRange("10.0.0.1")?.contains("10.0.0.1") == true)
        #expect(AddressRange("0.0.0.0/0")?.contains("9.9.9.9") == true)
        #expect(AddressRange("fd00::/8")?.contains("fd12::9") == true)
        for text in [
            "", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "a/8", "10.0.0.0/8/8", "fd00::1/8", "1.1.1.1/-1",
        ] {
            #expect(AddressRange(text) == nil, "\(text)")
        }
    }
}

/// A generator with a seed, for tests that must be repeatable.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
