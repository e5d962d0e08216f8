import Evidence
import Policy

/// Packages that the roll-out brings have its version on every new host; other watched packages do not differ between
/// new hosts.
struct PackageVersionRule: Sendable {
    /// Consecutive lists with a wrong version after which it fails; one may fall into an upgrade.
    static let samplesToFail: UInt64 = 3
    private var wrong: [String: UInt64] = [:]
    private var last: RuleFinding?

    mutating func judge(_ block: HostBlock, _ context: RuleContext) -> RuleFinding? {
        guard block.packages.samples > 0 else {
            guard let cause = block.packages.cause else {
                guard last == nil, context.targets.contains(where: { $0.version != nil }) else { return last ?? .pass }
                return RuleFinding(state: .unknown, fact: "no list of packages has come yet")
            }
            return remember(RuleFinding(state: .unknown, fact: "the list of packages is \(cause.rawValue)"))
        }
        var finding = RuleFinding.pass
        for target in context.targets { finding = finding.worse(compare(target, block)) }
        for package in block.packages.seen where !context.targets.contains(where: { $0.name == package.name }) {
            guard let first = context.firstVersions[Self.key(package)], first.version != package.version else {
                continue
            }
            finding = finding.worse(
                RuleFinding(
                    state: .attention,
                    fact: "\(package.name) is \(package.version), on \(first.host) it is \(first.version)"))
        }
        return remember(finding)
    }

    static func key(_ package: PackageFact) -> String { package.name + " " + package.architecture }

    private mutating func compare(_ target: PackageTarget, _ block: HostBlock) -> RuleFinding {
        guard let version = target.version else { return .pass }
        let found = block.packages.seen.filter {
            $0.name == target.name && (target.architecture == nil || target.architecture == $0.architecture)
        }
        guard !found.isEmpty else {
            return RuleFinding(
                state: .unknown, fact: "\(target.name) is not among the packages that the agent watches here")
        }
        guard !found.contains(where: { $0.version == version }) else {
            wrong[target.name] = nil
            return .pass
        }
        wrong[target.name, default: 0] += block.packages.samples
        let isLasting = wrong[target.name] ?? 0 >= Self.samplesToFail
        let versions = found.map(\.version).joined(separator: ", ")
        return RuleFinding(
            state: isLasting ? .fail : .attention, fact: "\(target.name) is \(versions), \(version) is rolled out")
    }

    private mutating func remember(_ finding: RuleFinding) -> RuleFinding {
        last = finding
        return finding
    }
}

/// Every watched package is one of an approved repository, with the content that it has there.
struct PackageOriginRule: Sendable {
    private var hasAnswered = false

    mutating func judge(_ block: HostBlock, _ context: RuleContext) -> RuleFinding? {
        guard block.packages.samples > 0 else {
            guard let cause = block.packages.cause else {
                return hasAnswered ? nil : RuleFinding(state: .unknown, fact: "no list of packages has come yet")
            }
            return RuleFinding(state: .unknown, fact: "the list of packages is \(cause.rawValue)")
        }
        hasAnswered = true
        guard !context.records.manifests.isEmpty else {
            return RuleFinding(state: .unknown, fact: "no manifest of an approved repository has been imported")
        }
        let valid = context.records.manifests.filter { $0.validUntilSeconds.map { $0 >= context.endSeconds } ?? true }
        guard !valid.isEmpty else {
            return RuleFinding(state: .unknown, fact: "every manifest is past its Valid-Until")
        }
        return block.packages.seen.reduce(.pass) { $0.worse(Self.compare($1, valid)) }
    }

    private static func compare(_ package: PackageFact, _ manifests: [ApprovedManifest]) -> RuleFinding {
        let known = manifests.flatMap(\.packages).filter { $0.name == package.name }
        guard !known.isEmpty, !package.digest.isEmpty else {
            return RuleFinding(
                state: .fail, fact: "unknownPackage: \(package.name) \(package.version) is in no approved manifest")
        }
        let same = known.filter { $0.version == package.version && $0.architecture == package.architecture }
        guard !same.isEmpty else {
            return RuleFinding(
                state: .fail, fact: "unknownVersion: \(package.name) \(package.version) is in no approved manifest")
        }
        guard same.contains(where: { $0.md5sums == package.digest }) else {
            return RuleFinding(
                state: .fail,
                fact: "contentDiffers: \(package.name) \(package.version) is not as in the approved manifest")
        }
        return .pass
    }
}
