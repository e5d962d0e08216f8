import Foundation
import Shared
import Testing

@testable import Agent

struct ControlGroupsTests {
    private func inode(_ path: String) throws -> UInt64 {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return UInt64(status.st_ino)
    }

    /// - Parameter top: where version 2 is mounted.
    private func tree(_ top: String = "/sys/fs/cgroup") throws -> HostTree {
        let tree = try HostTree()
        try tree.write(top + "/cgroup.controllers", "cpu\n")
        for path in [
            "init.scope", "system.slice/redis@a.service", "system.slice/system-redis.slice/redis@b.service",
            "system.slice/docker.service/inner/deep", "user.slice/user-0.slice/session-1.scope",
            "user.slice/user-0.slice/user@0.service/app.slice/thing.service", "system.slice/docker-0123.scope",
        ] { try tree.directory(top + "/" + path) }
        return tree
    }

    @Test(arguments: ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"])
    func aNumberLeadsToItsUnit(top: String) throws {
        let tree = try tree(top)
        let cases = [
            ("init.scope", "init.scope"), ("system.slice/redis@a.service", "redis@a.service"),
            ("system.slice/system-redis.slice/redis@b.service", "redis@b.service"),
            ("system.slice/docker.service/inner/deep", "docker.service"),
            ("user.slice/user-0.slice/user@0.service/app.slice/thing.service", "user@0.service"),
            ("user.slice/user-0.slice/session-1.scope", nil), ("system.slice/docker-0123.scope", nil),
            ("system.slice", nil),
        ]
        for (path, unit) in cases {
            let number = try inode(tree.root.file(top + "/" + path))
            #expect(try ControlGroups.units(of: [number], root: tree.root)[number] == unit, "\(path)")
        }
        let all = try Set(cases.map { try inode(tree.root.file(top + "/" + $0.0)) })
        #expect(try ControlGroups.units(of: all, root: tree.root).count == 5)
    }

    @Test func version1AloneIsUnsupported() throws {
        #expect(throws: AbsenceCause.unsupported) { try ControlGroups.units(of: [5], root: try HostTree().root) }
        let tree = try HostTree()
        try tree.write("/sys/fs/cgroup/unified/cgroup.controllers", "")
        #expect(throws: AbsenceCause.unsupported) { try ControlGroups.units(of: [5], root: tree.root) }
    }

    @Test func anUnknownNumberHasNoUnit() throws {
        let tree = try tree()
        #expect(try ControlGroups.units(of: [.max, 0], root: tree.root).isEmpty)
    }

    @Test func thisHostAnswersOrSaysWhyNot() {
        do {
            _ = try ControlGroups.units(of: [2], root: .host)
        } catch {
            #expect(error != .parse)
        }
    }
}
