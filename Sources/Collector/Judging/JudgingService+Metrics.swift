import Shared

extension JudgingService {
    /// Lines of /metrics: gates and verdicts by roll-out, and what waits or came too late.
    var metricsText: String {
        let now = clock.nowMicroseconds()
        let shown = entries.filter { $0.value.rollout.isJudged }.sorted { $0.key < $1.key }
        var text = PrometheusText()
        text.gauges(
            "perch_gate_open", "Whether a gate is open.",
            labelled: shown.flatMap { id, entry in
                let gate = entry.gate
                return Stage.gates.map { stage in
                    (
                        [("rollout", id), ("stage", stage.rawValue)],
                        gate.answer(stage, nowMicroseconds: now).ok ? 1 : 0
                    )
                }
            })
        text.gauges(
            "perch_verdict", "1 for the last verdict's state.",
            labelled: shown.flatMap { id, entry in
                let state = entry.verdict?.view.verdict ?? .inconclusive
                return [VerdictState.pass, .fail, .inconclusive].map {
                    ([("rollout", id), ("state", $0.rawValue)], $0 == state ? 1 : 0)
                }
            })
        text.gauge(
            "perch_unsaved_blocks", "Frozen blocks that the store has not taken yet.", unsavedBlocks.count)
        text.counter(
            "perch_late_reports_total", "Reports that came after their block was frozen: stored, and not judged.",
            feeds.values.reduce(0) { $0 + $1.lateReports })
        return text.text
    }
}
