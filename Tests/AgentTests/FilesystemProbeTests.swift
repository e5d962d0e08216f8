import Foundation
import Shared
import Synchronization
import Testing

@testable import Agent

struct FilesystemProbeTests {
    private let lvm = HostFixture.root("linux-6.1-debian12-lvm")

    private func space(_ blocks: UInt64 = 100, free: UInt64 = 40, available: UInt64 = 35, files: UInt64 = 10)
        -> FilesystemSpace
    {
        FilesystemSpace(
            fragmentBytes: 4096, blocks: blocks, blocksFree: free, blocksAvailable: available, files: files,
            filesFree: 4, filesAvailable: 3)
    }

    @Test func bytesAreCountedInFragments() {
        let space = space()
        #expect(space.used == .value(60 * 4096))
        #expect(space.free == .value(35 * 4096))
        #expect(space.reserved == .value(5 * 4096))
        #expect(space.inodesUsed == .value(6))
        #expect(space.inodesFree == .value(3))
    }

    @Test func btrfsHasNoInodesAndNonsenseIsParse() {
        #expect(space(files: 0).inodesUsed == .absent(.unsupported))
        #expect(space(files: 0).inodesFree == .absent(.unsupported))
        #expect(space(files: 3).inodesUsed == .absent(.parse))
        #expect(space(free: 101).used == .absent(.parse))
        #expect(space(available: 41).reserved == .absent(.parse))
        #expect(space(.max, free: 0, available: 0).used == .absent(.parse))
        #expect(space(0, free: 0, available: 0).free == .absent(.unsupported))
    }

    @Test func oneMountOfEachFileSystemAndNoRemoteOneUnlessDataLieThere() {
        let root = lvm
        let probe = FilesystemProbe(root: root, configuration: HostFixture.configuration()) { [space = space()] _ in
            .value(space)
        }
        let sample = probe.sample(HostFixture.moment())
        let labels = Set(sample.labelled.map(\.label))
        #expect(labels == ["/", "/var/lib/redis", "/var/lib/redis-far", "/boot", "/mnt/with blank"])
        #expect(sample.labelled.first?.label == "/")
        #expect(sample.labelled.allSatisfy { $0.values.count == 5 })
        #expect(sample.cause == nil)
    }

    @Test func aContainersRootAndVolumeAreSeenOnce() {
        let probe = FilesystemProbe(
            root: HostFixture.root("linux-6.1-container"), configuration: HostFixture.configuration()
        ) { [space = space()] _ in .value(space) }
        #expect(probe.sample(HostFixture.moment()).labelled.map(\.label) == ["/", "/var/lib/redis"])
    }

    /// Stands for a server that does not answer until it is let go.
    private final class DeadMount: Sendable {
        let isAlive = Mutex(false)
        let asked = Mutex(0)

        func answer(_ space: FilesystemSpace) -> Reading<FilesystemSpace> {
            asked.withLock { $0 += 1 }
            while !isAlive.withLock({ $0 }) { usleep(2000) }
            return .value(space)
        }
    }

    @Test func aDeadMountIsATimeoutIsAskedOnceAndComesBack() async throws {
        let dead = DeadMount()
        let root = lvm
        let probe = FilesystemProbe(root: root, configuration: HostFixture.configuration()) { [space = space()] path in
            path.hasSuffix("/var/lib/redis-far") ? dead.answer(space) : .value(space)
        }
        let clock = ContinuousClock()
        let first = clock.now
        let sample = probe.sample(HostFixture.moment())
        #expect(clock.now - first < .milliseconds(1900))
        #expect(sample.reading(Catalogue.filesystemUsed, of: "/var/lib/redis-far") == .absent(.timeout))
        #expect(sample.reading(Catalogue.filesystemUsed, of: "/var/lib/redis") == .value(60 * 4096))

        let second = clock.now
        let again = probe.sample(HostFixture.moment(seconds: 1060))
        #expect(clock.now - second < .milliseconds(900))
        #expect(again.reading(Catalogue.filesystemUsed, of: "/var/lib/redis-far") == .absent(.timeout))

        dead.isAlive.withLock { $0 = true }
        var reading: Reading<UInt64>?
        for _ in 0..<200 where reading?.value == nil {
            reading = probe.sample(HostFixture.moment()).reading(Catalogue.filesystemUsed, of: "/var/lib/redis-far")
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(reading == .value(60 * 4096))
        #expect(dead.asked.withLock { $0 } == 1)
    }

    @Test func questionsLeaveNoDescriptorsBehind() throws {
        let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        for _ in 0..<200 {
            let question = try #require(MountQuestion.start { .absent(.denied) })
            #expect(question.answer(waitMilliseconds: 5000) == .absent(.denied))
        }
        // Other tests run beside this one; 400 would be ours.
        let after = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        #expect(after < before + 150)
    }

    @Test func moreMountsThanTheLimitAreCounted() throws {
        let tree = try HostTree()
        var text = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
        for number in 2..<82 { text += "\(number) 1 8:\(number) / /m\(number) rw - ext4 /dev/x rw\n" }
        text += "99 1 8:99 / /\(String(repeating: "x", count: 200)) rw - ext4 /dev/x rw\n"
        try tree.write("/proc/self/mountinfo", text)
        let probe = FilesystemProbe(root: tree.root, configuration: HostFixture.configuration()) {
            [space = space()] _ in .value(space)
        }
        let sample = probe.sample(HostFixture.moment())
        #expect(sample.labelled.count == 64)
        #expect(sample.truncated == 18)
    }

    @Test func aMountThatRefusesIsDeniedAndNoTableIsACause() throws {
        let root = lvm
        let probe = FilesystemProbe(root: root, configuration: HostFixture.configuration()) { _ in .absent(.denied) }
        #expect(probe.sample(HostFixture.moment()).cause == .denied)
        let none = FilesystemProbe(root: try HostTree().root, configuration: HostFixture.configuration())
        #expect(none.sample(HostFixture.moment()).cause == .unsupported)
    }

    @Test func thisHostAnswersOrSaysWhyNot() {
        let sample = FilesystemProbe(root: .host, configuration: HostFixture.configuration())
            .sample(HostFixture.moment())
        #expect(sample.cause != nil || sample.labelled.contains { $0.label == "/" })
        #expect(sample.cause != .parse)
        #expect(FilesystemSpace.ask("/nonexistent") == .absent(.unsupported))
    }
}
