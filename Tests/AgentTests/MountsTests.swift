import Shared
import Testing

@testable import Agent

struct MountsTests {
    private func table(_ tree: String) throws -> MountTable { try MountTable(root: HostFixture.root(tree)) }

    @Test func coveredMountsAreLeftOutWhateverTheOrderOfLines() throws {
        let points = try table("linux-6.1-debian12-lvm").mounts.map(\.point)
        #expect(!points.contains("/home/hidden"))
        #expect(points.filter { $0 == "/home" }.count == 1)
        // The root's line comes after lines of mounts upon it.
        #expect(points.contains("/proc"))
        #expect(try table("linux-6.18-vm").holding("/dev/pts")?.id == 29)
        #expect(try table("linux-6.18-vm").holding("/dev/shm/x")?.id == 30)
    }

    @Test func aPathLiesOnTheLongestPointAboveIt() throws {
        let table = try table("linux-6.1-debian12-lvm")
        #expect(table.holding("/var/lib/redis/appendonlydir")?.kind == "xfs")
        #expect(table.holding("/var/lib/redis-far/x")?.kind == "nfs4")
        #expect(table.holding("/var/lib/redis-near")?.point == "/")
        #expect(table.holding("/")?.point == "/")
        #expect(table.holding("/mnt/with blank/file")?.kind == "btrfs")
        #expect(table.holding("/home/me")?.kind == "tmpfs")
    }

    @Test func remoteKindsAreKnown() throws {
        let table = try table("linux-6.1-debian12-lvm")
        #expect(table.holding("/srv/backup")?.isRemote == true)
        #expect(table.holding("/srv/backup")?.isOnDisk == false)
        #expect(table.holding("/var/lib/redis")?.isOnDisk == true)
        #expect(table.holding("/mnt/with blank")?.isOnDisk == true)
        #expect(table.holding("/snap/core/1")?.isOnDisk == false)
        #expect(table.holding("/run")?.isOnDisk == false)
        var fuse = try #require(table.holding("/run"))
        fuse.kind = "fuse.sshfs"
        #expect(fuse.isRemote)
    }

    @Test func linesThatAreNotUnderstoodAreCounted() throws {
        let text =
            "27 1 8:1 / / rw - ext4 /dev/sda1 rw\nrubbish\n28 27 0:1 / /a\\040b rw - tmpfs t rw\n"
            + "29 27 0:2 / x rw - t t rw\n"
        let table = try MountTable.parse(Array(text.utf8)[...])
        #expect(table.skipped == 2)
        #expect(table.mounts.map(\.point) == ["/", "/a b"])
        #expect(throws: AbsenceCause.parse) { try MountTable.parse(Array("rubbish\n".utf8)[...]) }
        #expect(throws: AbsenceCause.parse) { try MountTable.parse([]) }
    }

    @Test func aHugeTableIsCutAndALoopOfParentsEnds() throws {
        var text =
            "1 1 0:1 / / rw - rootfs r rw\n2 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
            + "3 4 0:3 / /x rw - t t rw\n4 3 0:4 / /x rw - t t rw\n"
        for number in 5..<6005 { text += "\(number) 2 0:\(number) / /m/\(number) rw - tmpfs t rw\n" }
        let table = try MountTable.parse(Array(text.utf8)[...])
        #expect(table.skipped == 6004 - 4096)
        #expect(table.holding("/")?.kind == "ext4")
        #expect(table.holding("/x")?.point == "/")
    }

    @Test func truncationAndDamageNeverStopTheParser() throws {
        let whole = try HostFixture.bytes("linux-6.1-debian12-lvm", "proc/self/mountinfo")
        for end in 0..<whole.count { _ = try? MountTable.parse(whole.prefix(end)) }
        var random = HostRandom.seeded("mounts truncationAndDamage")
        for _ in 0..<300 {
            _ = try? MountTable.parse(random.damaged(whole))
            _ = try? MountTable.parse(random.bytes(300)[...])
        }
    }
}
