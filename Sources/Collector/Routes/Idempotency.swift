import HTTPTypes
import Hummingbird
import Ledger
import Shared
import Synchronization

/// Keys whose first request is still being worked on in this process.
final class KeysInUse: Sendable {
    private let keys = Mutex<Set<[String]>>([])

    func take(_ key: [String]) -> Bool { keys.withLock { $0.insert(key).inserted } }
    func giveBack(_ key: [String]) { keys.withLock { _ = $0.remove(key) } }
}

extension HTTPField.Name {
    static let idempotencyKey = Self("Idempotency-Key")
}

extension API {
    /// Runs `perform` at most once per caller and `Idempotency-Key`, within 48 h: the same request again gets the same
    /// answer. Only what succeeded is kept; after a refusal the same key may try again, because nothing happened.
    /// - Parameter body: the request's body, which is part of what "the same request" means.
    /// - Throws: `malformed` without a key, `conflict` for a key that stands for another request, `slow-down` while the
    ///   first one is being worked on, `storage-unavailable`, and what `perform` throws.
    func idempotent(
        _ request: Request, _ context: PerchRequestContext, body: [UInt8], _ perform: () async throws -> Answer
    ) async throws -> Answer {
        try await once(key: Self.key(of: request), request, context, body: body, perform)
    }

    /// The same under a key that comes from elsewhere, as a form's own.
    func once(
        key: String, _ request: Request, _ context: PerchRequestContext, body: [UInt8],
        _ perform: () async throws -> Answer
    ) async throws -> Answer {
        let caller = context.caller.description
        let digest = Digest(of: Array("\(request.method.rawValue) \(request.uri.string)\n".utf8) + body).bytes
        guard keys.take([caller, key]) else {
            throw Problem(.slowDown, "the first request with this Idempotency-Key is still being worked on")
        }
        defer { keys.giveBack([caller, key]) }
        do {
            if let known = try await store.recall(key: key, caller: caller), isFresh(known) {
                return try Self.answer(known, digest)
            }
        } catch let error as StoreError {
            context.logger.error("\(error)")
            throw Problem(.storageUnavailable, "the store cannot be read at the moment")
        }
        let answer = try await perform()
        // A form answers with where its outcome is shown.
        guard (200..<400).contains(answer.status.code) else { return answer }
        await remember(answer, key, caller, digest, context)
        return answer
    }

    private func isFresh(_ answer: StoredAnswer) -> Bool {
        clock.nowMicroseconds() < answer.storedMicroseconds + StoredAnswer.keptMicroseconds
    }

    private static func key(of request: Request) throws(Problem) -> String {
        guard let name = HTTPField.Name.idempotencyKey, let key = request.headers[name], !key.isEmpty else {
            throw Problem(
                .malformed, "this call needs the header Idempotency-Key: a text of your own, new for each act")
        }
        guard key.utf8.count <= Limits.idempotencyKeyBytes else {
            throw Problem(.malformed, "the Idempotency-Key may have \(Limits.idempotencyKeyBytes) bytes at most")
        }
        return key
    }

    private static func answer(_ known: StoredAnswer, _ digest: [UInt8]) throws(Problem) -> Answer {
        guard known.requestDigest == digest else {
            throw Problem(.conflict, "this Idempotency-Key was used for another request; take a new one")
        }
        var headers = HTTPFields()
        for (name, value) in known.headers {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return Answer(HTTPResponse.Status(code: known.status), headers: headers, body: known.body)
    }

    /// The act is done by now; that its answer cannot be kept is no reason to call it failed.
    private func remember(
        _ answer: Answer, _ key: String, _ caller: String, _ digest: [UInt8], _ context: PerchRequestContext
    ) async {
        let headers = Dictionary(
            answer.headers.map { ($0.name.canonicalName, $0.value) }, uniquingKeysWith: { first, _ in first })
        let row = StoredAnswer(
            key: key, caller: caller, requestDigest: digest, status: answer.status.code, headers: headers,
            body: answer.body, storedMicroseconds: clock.nowMicroseconds())
        do {
            _ = try await store.remember(row)
        } catch {
            context.logger.error("an answer could not be kept under its key: \(error)")
        }
    }
}
