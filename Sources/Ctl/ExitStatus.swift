// The exit codes of perchctl: what shell scripts and pipelines branch on. Must never say `done` for an answer that was
// not understood.
import Shared

enum ExitStatus: Int32, Sendable, Equatable {
    /// The gate is open, or the call was carried out.
    case done = 0
    /// Closed by a FAIL or a roll-back, or not authentic.
    case closed = 1
    /// Still pending: waiting at the deadline, or stopped while waiting.
    case pending = 2
    /// Wrong usage, or input that cannot be read.
    case usage = 3
    /// The collector cannot be reached, cannot answer, or does not allow it.
    case unreachable = 4

    init(_ state: GateAnswer.State) {
        switch state {
        case .open: self = .done
        case .blocked: self = .closed
        case .waiting: self = .pending
        }
    }

    /// What a refusal means for the caller. A code that this program does not know is judged by its HTTP status.
    init(refusedWith code: ProblemCode?, httpStatus: Int) {
        switch code {
        case .gateClosed:
            self = .pending
        case .malformed, .versionUnsupported, .methodNotAllowed, .sequenceConflict, .conflict, .versionMismatch,
            .tooLarge, .mediaType, .policyInvalid, .rolloutInvalid:
            self = .usage
        case .tokenInvalid, .identityMalformed, .notGranted, .hostUnknown, .hostPending, .hostBanned, .hostRetired,
            .wrongHost,
            .hostDuplicate, .certificateExpired, .notFound, .approvalOwn, .slowDown, .overloaded,
            .storageUnavailable, .starting, .internalError:
            self = .unreachable
        case nil:
            self = [400, 405, 409, 412, 413, 415, 422].contains(httpStatus) ? .usage : .unreachable
        }
    }
}
