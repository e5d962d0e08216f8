/// RFC 9457 body of every refusal, and the one list of its codes.
public struct Problem: Codable, Sendable, Equatable, Error {
    public var type: String
    public var title: String
    public var status: Int
    public var detail: String
    /// Request id, as in the server's log.
    public var instance: String
    public var code: ProblemCode
    public var retryable: Bool
    /// For `gate-closed`: every missing condition. For `policy-invalid`: one message per mistake.
    public var reasons: [String]?

    public init(_ code: ProblemCode, _ detail: String, instance: String = "", reasons: [String]? = nil) {
        self.type = "/problems/" + code.rawValue
        self.title = code.title
        self.status = code.status
        self.detail = detail
        self.instance = instance
        self.code = code
        self.retryable = code.isRetryable
        self.reasons = reasons
    }
}

/// Answer of `GET /problems/{name}`: what a refusal's `type` points to.
public struct ProblemExplanation: Codable, Sendable, Equatable {
    public var code: ProblemCode
    public var title: String
    public var status: Int
    /// Whether the same request may succeed later.
    public var retryable: Bool
    public init(code: ProblemCode, title: String, status: Int, retryable: Bool) {
        self.code = code
        self.title = title
        self.status = status
        self.retryable = retryable
    }
}

public enum ProblemCode: String, Codable, Sendable, CaseIterable {
    case malformed
    case versionUnsupported = "version-unsupported"
    case tokenInvalid = "token-invalid"
    case identityMalformed = "identity-malformed"
    case notGranted = "not-granted"
    case hostUnknown = "host-unknown"
    case hostPending = "host-pending"
    case hostBanned = "host-banned"
    case hostRetired = "host-retired"
    case wrongHost = "wrong-host"
    case hostDuplicate = "host-duplicate"
    case certificateExpired = "certificate-expired"
    case notFound = "not-found"
    case methodNotAllowed = "method-not-allowed"
    case sequenceConflict = "sequence-conflict"
    case gateClosed = "gate-closed"
    case approvalOwn = "approval-own"
    case conflict
    case versionMismatch = "version-mismatch"
    case tooLarge = "too-large"
    case mediaType = "media-type"
    case policyInvalid = "policy-invalid"
    case rolloutInvalid = "rollout-invalid"
    case slowDown = "slow-down"
    case overloaded
    case storageUnavailable = "storage-unavailable"
    case starting
    case internalError = "internal-error"

    public var status: Int {
        switch self {
        case .malformed, .versionUnsupported: 400
        case .tokenInvalid: 401
        case .identityMalformed, .notGranted, .hostUnknown, .hostPending, .hostBanned, .hostRetired, .wrongHost,
            .hostDuplicate, .certificateExpired:
            403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .sequenceConflict, .gateClosed, .approvalOwn, .conflict: 409
        case .versionMismatch: 412
        case .tooLarge: 413
        case .mediaType: 415
        case .policyInvalid, .rolloutInvalid: 422
        case .slowDown: 429
        case .internalError: 500
        case .overloaded, .storageUnavailable, .starting: 503
        }
    }

    public var isRetryable: Bool { status == 429 || status >= 500 }

    public var title: String {
        switch self {
        case .malformed: "The request could not be read"
        case .versionUnsupported: "This version is not known here"
        case .tokenInvalid: "The token is not valid here"
        case .identityMalformed: "The certificate names no usable identity"
        case .notGranted: "Not granted"
        case .hostUnknown: "The host is not registered"
        case .hostPending: "The host waits for registration"
        case .hostBanned: "The host is banned"
        case .hostRetired: "The host is retired"
        case .wrongHost: "The report speaks for another host"
        case .hostDuplicate: "The host reports from two places"
        case .certificateExpired: "The certificate has expired"
        case .notFound: "Not there, or not yours"
        case .methodNotAllowed: "This method is not offered here"
        case .sequenceConflict: "The sequence number was used for another report"
        case .gateClosed: "The gate is closed"
        case .approvalOwn: "Nobody approves their own request"
        case .conflict: "It exists already, with other content"
        case .versionMismatch: "It changed in the meantime"
        case .tooLarge: "The body is too large"
        case .mediaType: "The media type is not accepted"
        case .policyInvalid: "The policy is not valid"
        case .rolloutInvalid: "The roll-out is not valid"
        case .slowDown: "Too many requests"
        case .overloaded: "Too busy"
        case .storageUnavailable: "The store cannot be written"
        case .starting: "Not ready yet"
        case .internalError: "A fault inside the collector"
        }
    }
}
