// Paths with `{name}` and `{port}` in them, as the configuration writes them for sockets and data directories: filled
// in for one instance, or looked up on disk for whatever fits. Only directories that a pattern has to choose from are
// listed, and every listing is bounded.

struct PathPattern {
    struct Match: Equatable {
        var path: String
        /// What stood in the place of `{name}`, or else of `{port}`.
        var name: String?
    }

    private static let entriesPerDirectory = 8192

    let text: String

    /// `nil` when the pattern needs what is not known.
    func filled(name: String?, port: UInt16) -> String? {
        var result = ""
        var rest = Substring(text)
        while let first = rest.first {
            if rest.hasPrefix("{name}") {
                guard let name, Self.isFileName(name) else { return nil }
                result += name
                rest = rest.dropFirst(6)
            } else if rest.hasPrefix("{port}") {
                guard port != 0 else { return nil }
                result += String(port)
                rest = rest.dropFirst(6)
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    /// A name comes from a unit or a file: it must not climb out of the pattern.
    private static func isFileName(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && !name.contains("/") && !name.utf8.contains(0)
    }

    /// Paths that are there, sorted; one filler for each part of the path.
    func matches(root: Root, limit: Int) -> [Match] {
        guard text.hasPrefix("/") else { return [] }
        var found = [Match(path: "", name: nil)]
        for part in text.split(separator: "/").prefix(64) {
            guard let (before, after) = Self.aroundFiller(part) else {
                found = found.map { Match(path: $0.path + "/" + part, name: $0.name) }
                continue
            }
            found = found.flatMap { match -> [Match] in
                let directory = root.file(match.path.isEmpty ? "/" : match.path)
                let entries = (try? Directory.entries(directory, limit: Self.entriesPerDirectory)) ?? []
                return entries.map(\.name).sorted().compactMap { name in
                    guard name.hasPrefix(before), name.hasSuffix(after), name.count > before.count + after.count
                    else { return nil }
                    let filler = name.dropFirst(before.count).dropLast(after.count)
                    return Match(path: match.path + "/" + name, name: match.name ?? String(filler))
                }
            }
            if found.count > limit { found.removeLast(found.count - limit) }
        }
        return found.filter { Directory.exists(root.file($0.path)) }
    }

    private static func aroundFiller(_ part: Substring) -> (before: Substring, after: Substring)? {
        for filler in ["{name}", "{port}"] {
            var start = part.startIndex
            while start < part.endIndex {
                if part[start...].hasPrefix(filler) {
                    return (part[..<start], part[start...].dropFirst(filler.count))
                }
                start = part.index(after: start)
            }
        }
        return nil
    }
}
