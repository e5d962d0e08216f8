import Evaluation
import HTTPTypes
import Hummingbird
import Ledger
import NIOCore
import Shared

// /v1/reports/{verdict}.html, .json, .dsse.json, .tlog-proof and .tar: one verdict for programs and verifiers.
extension API {
    func addVerdictReports(to router: Router<PerchRequestContext>) {
        router.get("/v1/reports/:file", use: showReport)
        router.get("/v1/reports/:file/evidence/**", use: showEvidence)
    }

    private func showReport(_ request: Request, _ context: PerchRequestContext) async throws -> Response {
        _ = try Query(request)
        let name = try context.name("file")
        guard let dot = name.firstIndex(of: ".") else {
            throw Problem(.notFound, "write .html, .json, .dsse.json, .tlog-proof or .tar behind the verdict's id")
        }
        let id = String(name[..<dot])
        switch name[dot...] {
        case ".html": return try await reportPage(id, context).response
        case ".json":
            let view = try await verdict(id, .readRollout, context)
            var answer = try Answer.json(view)
            answer.headers[.cacheControl] = Self.immutable
            return answer.tagged(for: request).response
        case ".dsse.json":
            _ = try await verdict(id, .readEvidence, context)
            let (ledger, logged) = (try openLedger(context), try await logged(id))
            let proof = try await proof(of: logged, ledger)
            guard proof.status == .ok else { return proof.response }
            return Answer(
                headers: [.contentType: Answer.jsonType, .cacheControl: Self.immutable],
                body: logged.statement.envelope
            ).tagged(for: request).response
        case ".tlog-proof":
            _ = try await verdict(id, .readEvidence, context)
            let ledger = try openLedger(context)
            return try await proof(of: try await logged(id), ledger).tagged(for: request).response
        case ".tar":
            _ = try await verdict(id, .readEvidence, context)
            return try await archive(of: id, openLedger(context))
        default: throw Problem(.notFound, "a report ends with .html, .json, .dsse.json, .tlog-proof or .tar")
        }
    }

    /// One file of a verdict's evidence, under the name that the manifest gives it.
    private func showEvidence(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let id = try context.name("file")
        _ = try await verdict(id, .readEvidence, context)
        let name = "evidence/" + context.parameters.getCatchAll().joined(separator: "/")
        do {
            let archive = try await VerdictArchive(logged(id).statement.envelope, store: store)
            guard let bytes = try await archive.file(name) else {
                throw Problem(.notFound, "the evidence of \(id) has no \(name)")
            }
            return Answer(
                headers: [.contentType: "application/octet-stream", .cacheControl: Self.immutable], body: bytes
            ).tagged(for: request)
        } catch {
            throw Problem(stored: error)
        }
    }

    /// The verdict, if the caller may do this with its roll-out.
    func verdict(_ id: String, _ action: Action, _ context: PerchRequestContext) async throws(Problem) -> VerdictView {
        let none = Problem(.notFound, "there is no verdict \(id), or it is not yours")
        try access.require(action, caller: context.caller)
        do {
            guard let view = try await store.verdict(id: id)?.view() else { throw none }
            let creator = await judging.entry(view.rollout)?.rollout.createdBy ?? ""
            try access.require(action, caller: context.caller, rollout: (view.rollout, creator))
            return view
        } catch {
            throw Problem(stored: error)
        }
    }

    private func archive(of id: String, _ ledger: LedgerService) async throws -> Response {
        let logged = try await logged(id)
        let proof = try await proof(of: logged, ledger)
        guard proof.status == .ok else { return proof.response }
        let archive: VerdictArchive
        do {
            archive = try await VerdictArchive(logged.statement.envelope, store: store)
        } catch {
            throw Problem(stored: error)
        }
        let keys = (signer: signer?.text ?? [], log: Array(ledger.log.text.utf8))
        let body = ResponseBody { writer in
            for (name, bytes) in archive.head(proof: proof.body, keys: keys) {
                try await writer.write(ByteBuffer(bytes: TarArchive.member(name, bytes)))
            }
            for chunk in archive.manifest.chunks {
                let bytes = try await archive.bytes(of: chunk)
                try await writer.write(ByteBuffer(bytes: TarArchive.member("evidence/\(chunk.file.path)", bytes)))
            }
            try await writer.write(ByteBuffer(bytes: TarArchive.end))
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/x-tar", .cacheControl: "no-cache",
                .contentDisposition: "attachment; filename=\"\(id).tar\"",
            ], body: body)
    }
}
