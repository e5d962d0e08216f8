import Shared
import Yams

/// Reads a roll-out from YAML (JSON is YAML too), as strictly as a policy.
public enum RolloutFile {
    /// - Throws: `Mistakes`.
    public static func read(_ text: String, file: String) throws(Mistakes) -> RolloutSpec {
        let mistakes = MistakeCollector(file: file)
        let top = YAMLFields.document(text, mistakes: mistakes)
        var spec = RolloutSpec(id: "", artifacts: [], policy: "", old: [], new: [], pairs: .auto)
        if mistakes.all.isEmpty {
            spec.id = identifier("id", top) ?? ""
            spec.policy = identifier("policy", top) ?? "default"
            spec.artifacts = artifacts(top)
            spec.old = hosts("old", top)
            spec.new = hosts("new", top)
            spec.pairs = pairs(top, old: spec.old, new: spec.new)
            spec.files = files(top)
            for host in Set(spec.old).intersection(spec.new).sorted() {
                top.refuse(top.node, "new", "names \(host), which is an old host too", mend: "keep it on one side")
            }
            top.finish()
        }
        guard mistakes.all.isEmpty else { throw Mistakes(mistakes.all) }
        return spec
    }

    private static func identifier(_ name: String, _ top: YAMLFields) -> String? {
        guard let node = top.take(name) else {
            top.refuse(nil, name, "is missing", mend: "add `\(name):`")
            return nil
        }
        guard let text = node.scalar?.string, Identifier.isValid(text) else {
            top.refuse(node, name, "is not usable", mend: Identifier.rule)
            return nil
        }
        return text
    }

    private static func artifacts(_ top: YAMLFields) -> [RolloutSpec.Artifact] {
        guard let node = top.take("artifacts"), let list = node.sequence, (1...50).contains(list.count) else {
            top.refuse(nil, "artifacts", "is not a list of 1 to 50", mend: "say what is rolled out: name and sha256")
            return []
        }
        return list.compactMap { item in
            let one = YAMLFields(item, path: "artifacts", mistakes: top.mistakes)
            let name = one.text("name")
            let digest = sha256(one)
            one.finish()
            guard let name, let digest else {
                one.refuse(item, "", "is not complete", mend: "write `name` (a package URL) and `sha256`")
                return nil
            }
            return RolloutSpec.Artifact(name: name, sha256: digest)
        }
    }

    private static func sha256(_ fields: YAMLFields) -> String? {
        fields.scalar("sha256", expects: DigestText.rule) { DigestText.isValid($0) ? $0 : nil }
    }

    private static func files(_ top: YAMLFields) -> [RolloutSpec.File]? {
        guard let node = top.take("files") else { return nil }
        guard let list = node.sequence, (1...Limits.digests).contains(list.count) else {
            top.refuse(
                node, "files", "is not a list of 1 to \(Limits.digests)", mend: "write path and sha256 of each file")
            return nil
        }
        return list.compactMap { item in
            let one = YAMLFields(item, path: "files", mistakes: top.mistakes)
            let path = one.scalar("path", expects: "an absolute path") { $0.hasPrefix("/") ? $0 : nil }
            let digest = sha256(one)
            one.finish()
            guard let path, let digest else {
                one.refuse(item, "", "is not complete", mend: "write `path` and `sha256`")
                return nil
            }
            return RolloutSpec.File(path: path, sha256: digest)
        }
    }

    private static func hosts(_ name: String, _ top: YAMLFields) -> [String] {
        guard let node = top.take(name), let list = node.sequence, (1...Limits.rolloutHosts).contains(list.count) else {
            top.refuse(
                nil, name, "is not a list of 1 to \(Limits.rolloutHosts) hosts", mend: "list the hosts by their ids")
            return []
        }
        var seen: [String] = []
        for item in list {
            guard let host = item.scalar?.string, Identifier.isValid(host) else {
                top.refuse(item, name, "has an entry that is no host id", mend: Identifier.rule)
                continue
            }
            if seen.contains(host) { top.refuse(item, name, "names \(host) twice", mend: "name it once") }
            seen.append(host)
        }
        return seen
    }

    private static func pairs(_ top: YAMLFields, old: [String], new: [String]) -> RolloutSpec.Pairs {
        guard let node = top.take("pairs") else { return .auto }
        if node.scalar?.string == "auto" { return .auto }
        if node.scalar?.string == "none" { return .none }
        guard let list = node.sequence, (1...Limits.rolloutPairs).contains(list.count) else {
            top.refuse(
                node, "pairs", "is neither `auto`, `none` nor a list of 1 to \(Limits.rolloutPairs)",
                mend: "write `pairs: auto`, or `- {name: …, old: …, new: …}` lines")
            return .auto
        }
        var seen: Set<String> = []
        return .listed(
            list.compactMap { item in
                let one = YAMLFields(item, path: "pairs", mistakes: top.mistakes)
                defer { one.finish() }
                guard let name = one.text("name"), let oldHost = one.text("old"), let newHost = one.text("new") else {
                    one.refuse(item, "", "is not complete", mend: "write name, old and new")
                    return nil
                }
                if !seen.insert(name).inserted {
                    one.refuse(item, "name", "names \(name) twice", mend: "a pair has one line")
                }
                if name.utf8.count > Limits.labelBytes {
                    one.refuse(item, "name", "is too long", mend: "use at most \(Limits.labelBytes) bytes")
                }
                if !old.contains(oldHost) {
                    one.refuse(item, "old", "is \(oldHost), which is not listed under old", mend: "list the host")
                }
                if !new.contains(newHost) {
                    one.refuse(item, "new", "is \(newHost), which is not listed under new", mend: "list the host")
                }
                return RolloutSpec.Pair(name: name, old: oldHost, new: newHost)
            })
    }
}
