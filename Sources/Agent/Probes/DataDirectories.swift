// Where Redis may keep its data by the configuration, as paths to look up: the disk and file system probes measure
// what lies behind them. It lists directories, and must never list one on a mount that may block.
import Terms

struct DataDirectories {
    /// Paths written out, and patterns up to their first placeholder.
    private(set) var fixed: [String] = []
    private var patterns: [String] = []

    init(configuration: Configuration) {
        let redis = configuration.redis
        fixed = redis.instances.compactMap(\.dataDirectory)
        for pattern in redis.dataDirectories {
            if pattern.contains("{") { patterns.append(pattern) } else { fixed.append(pattern) }
        }
        for instance in redis.instances where instance.dataDirectory == nil {
            fixed += patterns.prefix(64).map { Self.filled($0, with: instance) }
        }
    }

    /// - Returns: at most `limit` absolute paths; they need not exist.
    func paths(root: Root, mounts: MountTable?, limit: Int = Limits.instances) -> [String] {
        var found: [String] = []
        var seen: Set<String> = []
        let searched = patterns.prefix(64).flatMap { matches($0, root: root, mounts: mounts, limit: limit) }
        for path in fixed + searched {
            if found.count < limit, path.hasPrefix("/"), seen.insert(path).inserted { found.append(path) }
        }
        return found
    }

    /// Points of the mounts on which data may lie, judged by text alone.
    func mountPoints(of table: MountTable) -> Set<String> {
        let starts = patterns.prefix(64).map { String($0.prefix { $0 != "{" }) }
        var points = Set((fixed + starts).compactMap { table.holding($0)?.point })
        for mount in table.mounts where starts.contains(where: { (mount.point + "/").hasPrefix($0) }) {
            points.insert(mount.point)
        }
        return points
    }

    private static func filled(_ pattern: String, with instance: Configuration.Redis.Instance) -> String {
        let last = instance.address.split(separator: ":").last.map(String.init)
        let port = instance.address.hasPrefix("/") ? "" : last ?? ""
        return replacing("{port}", by: port, in: replacing("{name}", by: instance.name, in: pattern))
    }

    private static func replacing(_ filler: String, by value: String, in pattern: String) -> String {
        var result = ""
        var rest = Substring(pattern)
        while let first = rest.first {
            if rest.hasPrefix(filler) {
                result += value
                rest = rest.dropFirst(filler.count)
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    /// Directories that fit a pattern whose one placeholder stands for any text without `/`.
    private func matches(_ pattern: String, root: Root, mounts: MountTable?, limit: Int) -> [String] {
        guard let open = pattern.firstIndex(of: "{"), let close = pattern[open...].firstIndex(of: "}") else {
            return []
        }
        let before = pattern[..<open]
        let after = pattern[pattern.index(after: close)...]
        guard let slash = before.lastIndex(of: "/"), !after.contains("{") else { return [] }
        let parent = before[...slash]
        let start = before[before.index(after: slash)...]
        let end = after.prefix { $0 != "/" }
        let below = after.dropFirst(end.count)
        guard mounts?.holding(String(parent))?.isRemote != true else { return [] }
        let entries = (try? Directory.entries(root.file(String(parent)), limit: 8192)) ?? []
        let names = entries.map(\.name).filter {
            $0.hasPrefix(start) && $0.hasSuffix(end) && $0.utf8.count > start.utf8.count + end.utf8.count
        }
        return names.sorted().prefix(limit).map { String(parent) + $0 + below }
    }
}
