// From a control group's number, which the kernel gives for a socket, to the systemd unit that owns it: the number is
// the inode of the group's directory in the version 2 hierarchy. The walk is bounded and opens the directories of
// services only when a number was not found among them.
import Terms

enum ControlGroups {
    private static let directories = 16_384
    private static let entriesPerDirectory = 8192

    /// Units of those numbers that belong to a service. A session or a container's scope has a name that changes with
    /// each start, so it gets none; `init.scope` keeps its own: systemd itself listens for socket units.
    static func units(of wanted: Set<UInt64>, root: Root) throws(AbsenceCause) -> [UInt64: String] {
        var missing = wanted
        var units: [UInt64: String] = [:]
        func note(_ entry: Directory.Entry, _ unit: String) {
            if missing.remove(entry.inode) != nil { units[entry.inode] = unit }
        }

        var slices = [try top(root: root)]
        var services: [(path: String, unit: String)] = []
        var opened = 0
        while let path = slices.popLast(), opened < directories {
            opened += 1
            for entry in subdirectories(path) {
                if entry.name.hasSuffix(".service") || entry.name == "init.scope" {
                    note(entry, entry.name)
                    services.append((path + "/" + entry.name, entry.name))
                } else if entry.name.hasSuffix(".slice") {
                    slices.append(path + "/" + entry.name)
                }
            }
        }
        // systemd is not there, or keeps its units in version 1.
        guard !services.isEmpty else { throw .unsupported }
        // Services with groups of their own inside: user managers, container engines.
        while !missing.isEmpty, let (path, unit) = services.popLast(), opened < directories {
            opened += 1
            for entry in subdirectories(path) {
                note(entry, unit)
                services.append((path + "/" + entry.name, unit))
            }
        }
        return units
    }

    /// Where version 2 is mounted: alone, or beside version 1.
    static func top(root: Root) throws(AbsenceCause) -> String {
        for path in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
            if Directory.exists(root.file(path + "/cgroup.controllers")) { return root.file(path) }
        }
        throw .unsupported
    }

    private static func subdirectories(_ path: String) -> [Directory.Entry] {
        // A group may vanish between two steps of the walk.
        let entries = (try? Directory.entries(path, limit: entriesPerDirectory)) ?? []
        return entries.filter(\.isDirectory)
    }
}
