import Shared

/// What a member's type does not show: forms and lengths that a request is refused for otherwise.
struct OpenAPIConstraint: Sendable {
    /// Name of the schema, and of its member; `hosts[]` stands for the elements of `hosts`.
    var component: String
    var member: String
    var words: [String: JSONValue]

    private init(_ component: String, _ member: String, _ words: [String: JSONValue]) {
        self.component = component
        self.member = member
        self.words = words
    }

    static let all: [OpenAPIConstraint] = [
        OpenAPIConstraint("AccessAsk", "user", ["pattern": "^[a-z_][a-z0-9_.-]{0,31}$"]),
        OpenAPIConstraint("AccessAsk", "hosts", ["minItems": 1, "maxItems": 20]),
        OpenAPIConstraint("AccessAsk", "hosts[]", name),
        OpenAPIConstraint("AccessAsk", "from", time),
        OpenAPIConstraint("AccessAsk", "to", time),
        OpenAPIConstraint("AccessAsk", "reason", reason),
        OpenAPIConstraint("AccessAsk", "ticket", ["minLength": 1, "maxLength": 100]),
        OpenAPIConstraint(
            "AdvanceRequest", "to", ["enum": .list(Stage.gates.map { .text($0.rawValue) })]),
        OpenAPIConstraint("RollbackRequest", "reason", ["minLength": 1]),
        OpenAPIConstraint("ArtifactsRequest", "artifacts", ["minItems": 1, "maxItems": 50]),
        OpenAPIConstraint("MovesRequest", "moves", ["minItems": 1, "maxItems": .number(Limits.rolloutPairs)]),
        OpenAPIConstraint("InvalidateRequest", "from", time),
        OpenAPIConstraint("InvalidateRequest", "to", time),
        OpenAPIConstraint("InvalidateRequest", "reason", reason),
        OpenAPIConstraint("OverrideRequest", "until", time),
        OpenAPIConstraint("OverrideRequest", "reason", reason),
        OpenAPIConstraint("OverrideRequest", "checks", ["minItems": 1]),
        OpenAPIConstraint("RolloutSpec", "id", name),
        OpenAPIConstraint("RolloutSpec", "policy", name),
        OpenAPIConstraint("RolloutSpec", "artifacts", ["minItems": 1]),
        OpenAPIConstraint("RolloutSpec", "old", hosts),
        OpenAPIConstraint("RolloutSpec", "old[]", name),
        OpenAPIConstraint("RolloutSpec", "new", hosts),
        OpenAPIConstraint("RolloutSpec", "new[]", name),
        OpenAPIConstraint("RolloutSpec.Artifact", "sha256", digest),
        OpenAPIConstraint("RolloutSpec.File", "sha256", digest),
        OpenAPIConstraint("HostRegistration", "machine_id_digest", ["pattern": "^[0-9a-fA-F]{64}$"]),
        OpenAPIConstraint("HostChangeRequest", "since", time),
        OpenAPIConstraint("PolicyApproval", "digest", digest),
        OpenAPIConstraint("TokenRequest", "days", ["minimum": 1, "maximum": .number(Limits.tokenDays)]),
        OpenAPIConstraint("TokenRequest", "note", ["maxLength": .number(Limits.noteBytes)]),
        OpenAPIConstraint("OriginManifest", "release_sha256", digest),
        OpenAPIConstraint(
            "OriginManifest", "packages", ["minItems": 1, "maxItems": .number(OriginManifest.mostPackages)]),
        OpenAPIConstraint("OriginManifest.Package", "sha256", digest),
    ]

    private static let name: [String: JSONValue] = ["pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"]
    private static let time: [String: JSONValue] = ["format": "date-time"]
    private static let reason: [String: JSONValue] = ["minLength": 20, "maxLength": 2000]
    private static let digest: [String: JSONValue] = ["pattern": "^[0-9a-f]{64}$"]
    private static let hosts: [String: JSONValue] = ["minItems": 1, "maxItems": .number(Limits.rolloutHosts)]

    /// - Returns: whether the member is there.
    @discardableResult
    func apply(to schema: inout JSONValue) -> Bool {
        let isElement = member.hasSuffix("[]")
        let key = isElement ? String(member.dropLast(2)) : member
        guard var value = schema["properties"]?[key], var target = isElement ? value["items"] : value else {
            return false
        }
        for (word, condition) in words { target[word] = condition }
        if isElement { value["items"] = target } else { value = target }
        schema["properties"]?[key] = value
        return true
    }
}
