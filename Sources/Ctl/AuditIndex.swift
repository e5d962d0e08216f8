// The first page of an audit export. Must never trust a text: everything that others wrote is escaped.
import Pages
import Shared

struct AuditIndex {
    let from: String
    let to: String
    let verdicts: [StatementView]
    let decisions: [StatementView]
    let entries: UInt64

    var html: String {
        let page: HTML = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>Audit trail \(from) to \(to)</title>
            <style>
            body { font: 16px/1.45 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
            table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .3rem .6rem;
            border-bottom: 1px solid #ccc; vertical-align: top } td { overflow-wrap: anywhere }
            </style></head><body><main>
            <h1>Audit trail</h1>
            <p>From \(from) until before \(to): \(verdicts.count) verdicts and
            \(decisions.count) decisions, out of a log of \("\(entries)") entries.
            <a href="README.txt">How to verify it.</a></p>
            <h2>Verdicts</h2>
            <table><thead><tr><th scope="col">Time</th><th scope="col">Roll-out</th><th scope="col">Verdict</th>
            <th scope="col">Report</th></tr></thead><tbody>
            \(verdicts.map(Self.row))
            </tbody></table>
            <h2>Decisions</h2>
            <table><thead><tr><th scope="col">Time</th><th scope="col">Kind</th><th scope="col">By</th>
            <th scope="col">What</th><th scope="col">Record</th></tr></thead><tbody>
            \(decisions.map(Self.decisionRow))
            </tbody></table>
            </main></body></html>

            """
        return page.markup
    }

    private static func row(_ verdict: StatementView) -> HTML {
        let place = "rollouts/\(verdict.rollout)/verdicts/\(verdict.id)"
        return """
            <tr><td>\(verdict.at)</td><td>\(verdict.rollout)</td><td>\(verdict.summary)</td>
            <td><a href="\(place).html">report</a> <a href="\(place).dsse.json">signed</a></td></tr>

            """
    }

    private static func decisionRow(_ decision: StatementView) -> HTML {
        """
        <tr><td>\(decision.at)</td><td>\(decision.kind)</td><td>\(decision.by)</td><td>\(decision.summary)</td>
        <td><a href="decisions/\(decision.id).json">record</a></td></tr>

        """
    }

    static let readme = """
        What a Perch collector said in a time, with everything that it rests on.

          index.html            all verdicts and decisions
          rollouts/ID/verdicts  each verdict: report (.html), as data (.json), signed (.dsse.json), its place in the
                                log (.tlog-proof), and what it rests on (.manifest.json)
          rollouts/ID/evidence  the measurements, policies and contexts that the manifests name
          decisions             who decided what: signed (.dsse.json), the record alone (.json), its place in the log
          log                   the log as C2SP tlog-tiles, with its signed checkpoint
          keys                  the collector's keys as it says itself; compare them with those that you were given

        Verify a verdict without any server:
          perchctl verify rollouts/ROLLOUT/verdicts/ID --keys KEYS --recompute

        Without Perch: a .dsse.json is a DSSE envelope over an in-toto statement, signed with Ed25519; a .tlog-proof
        is C2SP tlog-proof with a signed note. The log entry is canonical JSON of payloadSha256, payloadType,
        signatures (sorted by keyid) and v "1"; its leaf hash is SHA-256 of a zero byte and the entry (RFC 6962).

        """
}
