// All Redis instances of the host, on their thread: which there are, who is a second way to whom, and one round of
// samples by its deadline. It must never wait for a slow instance longer than the round may take.
import Terms

final class RedisFleetState: RedisInstanceOwner {
    typealias Completion = @Sendable ([InstanceSample]) -> Void

    /// An address that is no instance of its own, until when.
    private struct Rejection {
        var untilNanoseconds: UInt64
        var strikes: Int
        /// Another way to this one.
        var twin: RedisAddress?
    }

    private struct Round {
        var number: UInt64
        var completion: Completion
        var deadline: Alarm
        /// Of the round's instances, in order; those that are still awaited are `nil`.
        var samples: [InstanceSample?]
        var missing: Set<Int>
        var instances: [RedisInstance]
    }

    /// After the first strike a Redis that just restarted gets another chance; then knocking would fill its log.
    private static let strikeNanoseconds: [UInt64] = [60_000_000_000, 86_400_000_000_000]
    /// Lists of ports, a minute apart, that a discovered instance may be missing in before it is forgotten.
    private static let listsToForget = 2
    /// Our own work for one instance's sample.
    private static let workNanoseconds: UInt64 = 300_000

    private let poller: Poller
    private let pingMilliseconds: Int
    private var discovery: Discovery
    /// In the order of the plans. Those without an address have none in `byAddress`.
    private var instances: [RedisInstance] = []
    private var rejections: [RedisAddress: Rejection] = [:]
    private var nextOrdinal = 0
    private var round: Round?
    private var lastRound: UInt64 = 0
    private var isStopped = false
    private var replanning: Alarm?
    /// Instances beyond what a report may hold: not connected to.
    private(set) var leftOut = 0
    private(set) var quietUntilNanoseconds: UInt64 = 0
    private var quietLimit: UInt64 = 0

    init(poller: Poller, configuration: Configuration) {
        self.poller = poller
        pingMilliseconds = configuration.redis.pingMilliseconds
        discovery = Discovery(configuration: configuration.redis)
    }

    // MARK: instances

    /// - Parameter isNewList: the ports were read anew.
    func update(_ discovery: Discovery, isNewList: Bool) {
        guard !isStopped else { return }
        self.discovery = discovery
        let now = Poller.now()
        let addresses = discovery.addresses
        rejections = rejections.filter {
            addresses.contains($0.key) && $0.value.untilNanoseconds > now || isRecent($0, now)
        }
        apply(isNewList: isNewList)
    }

    /// Strikes are remembered for a while after the pause has ended.
    private func isRecent(_ entry: (key: RedisAddress, value: Rejection), _ now: UInt64) -> Bool {
        entry.value.twin == nil && entry.value.untilNanoseconds + Self.strikeNanoseconds[1] > now
    }

    private func apply(isNewList: Bool) {
        let now = Poller.now()
        let rejected = Set(rejections.filter { $0.value.untilNanoseconds > now }.keys)
        let all = discovery.plans(rejected: rejected)
        let plans = all.prefix(Limits.instances)
        leftOut = all.count - plans.count
        var old: [RedisAddress: RedisInstance] = [:]
        var kept: [RedisInstance] = []
        for instance in instances {
            if let address = instance.plan.address { old[address] = instance } else { instance.stop() }
        }
        for plan in plans {
            if let address = plan.address, let known = old.removeValue(forKey: address) {
                known.update(plan)
                kept.append(known)
            } else {
                kept.append(begin(plan))
            }
        }
        let names = Set(plans.map(\.name))
        for instance in old.values.sorted(by: { $0.plan.port < $1.plan.port }) {
            if isNewList { instance.missedLists += 1 }
            let isForgotten = instance.missedLists >= Self.listsToForget && !instance.isOpen
            let isRejected = instance.plan.address.map(rejected.contains) ?? true
            if isForgotten || isRejected || names.contains(instance.plan.name) || kept.count >= Limits.instances {
                instance.stop()
            } else {
                kept.append(instance)
            }
        }
        instances = kept
        releaseTwins()
    }

    private func begin(_ plan: InstancePlan) -> RedisInstance {
        let instance = RedisInstance(
            plan: plan, ordinal: nextOrdinal, pingMilliseconds: pingMilliseconds, poller: poller, owner: self)
        nextOrdinal += 1
        instance.start()
        return instance
    }

    /// A second way to a server counts again once the first one is gone.
    private func releaseTwins() {
        let there = Set(instances.compactMap(\.plan.address))
        rejections = rejections.filter { $0.value.twin.map(there.contains) ?? true }
    }

    func accepts(_ info: RedisInfo, of instance: RedisInstance) -> Bool {
        let now = Poller.now()
        if now < quietUntilNanoseconds {
            // Still at it: the pings wait until the last quick instance has been read.
            quietUntilNanoseconds = min(max(quietUntilNanoseconds, now + 2_000_000), quietLimit)
        }
        guard info.mode == .data else { return false }
        // Whoever lists one server under two names gets it twice.
        guard !instance.plan.isConfigured, let address = instance.plan.address else { return true }
        let twin = instances.first { other in
            guard other !== instance, other.isOpen, other.runID == info.runID, let there = other.plan.address else {
                return false
            }
            return other.plan.isConfigured || RedisAddress.isPreferred(there, address)
        }
        guard let twin else { return true }
        rejections[address] = Rejection(untilNanoseconds: .max, strikes: 0, twin: twin.plan.address)
        return false
    }

    func reject(_ instance: RedisInstance) {
        guard let address = instance.plan.address else { return }
        if rejections[address]?.twin == nil {
            let strikes = (rejections[address]?.strikes ?? 0) + 1
            let pause = Self.strikeNanoseconds[min(strikes, Self.strikeNanoseconds.count) - 1]
            rejections[address] = Rejection(untilNanoseconds: Poller.now() + pause, strikes: strikes, twin: nil)
        }
        // Not now: an instance is in the middle of telling us.
        guard replanning == nil else { return }
        replanning = poller.alarm(inMilliseconds: 0) { [self] in
            replanning = nil
            if !isStopped { apply(isNewList: false) }
        }
    }

    // MARK: rounds

    func collect(deadlineMilliseconds: Int, completion: @escaping Completion) {
        giveUp()
        guard !isStopped, !instances.isEmpty else { return completion([]) }
        let deadline = poller.alarm(inMilliseconds: Int64(max(1, deadlineMilliseconds))) { [self] in giveUp() }
        let asked = instances
        lastRound += 1
        let number = lastRound
        round = Round(
            number: number, completion: completion, deadline: deadline,
            samples: Array(repeating: nil, count: asked.count),
            missing: Set(asked.indices), instances: asked)
        let now = Poller.now()
        let period = UInt64(max(pingMilliseconds, 1)) * 1_000_000
        quietLimit = now + period / 2
        quietUntilNanoseconds = min(
            now + UInt64(asked.filter(\.isOpen).count) * Self.workNanoseconds + 1_000_000, quietLimit)
        for (index, instance) in asked.enumerated() {
            instance.observe { [unowned self] sample in arrived(sample, index, round: number) }
        }
    }

    private func arrived(_ sample: InstanceSample?, _ index: Int, round number: UInt64) {
        guard round?.number == number, round?.missing.remove(index) != nil else { return }
        round?.samples[index] = sample
        guard let done = round, done.missing.isEmpty else { return }
        round = nil
        done.deadline.cancel()
        done.completion(Self.withoutTwins(done))
    }

    /// Two ways to one server that were both asked for the first time in this round.
    private static func withoutTwins(_ round: Round) -> [InstanceSample] {
        var samples: [InstanceSample] = []
        var seen: Set<RedisRunID> = []
        // The plans' order is that of preference: configured, ports, socket files.
        for (instance, sample) in zip(round.instances, round.samples) {
            guard let sample else { continue }
            let isFirst = sample.redisRunID.map { seen.insert($0).inserted } ?? true
            if isFirst || instance.plan.isConfigured { samples.append(sample) }
        }
        return samples
    }

    /// The deadline: whoever has not answered is absent.
    private func giveUp() {
        guard let current = round else { return }
        for index in current.missing { current.instances[index].giveUp() }
    }

    func stop() {
        isStopped = true
        for instance in instances { instance.stop() }
        instances = []
    }
}
