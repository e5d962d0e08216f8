// The page: what was counted, what it means and what it does not. Must never hold a number that was not computed from
// the cases.
import Judge

struct AccuracyPage {
    let results: [CaseResult]
    let summary: Summary
    let graceHours: Int
    let clean: LimitSeries
    let regressed: LimitSeries

    var markdown: String {
        [head, "## All cases together\n\n" + summary.table.markdown, reading, limits, pictures, each]
            .joined(separator: "\n\n") + "\n"
    }

    private func count(_ truth: Truth) -> Int { results.count { $0.outcome.truth == truth } }

    private var head: String {
        """
        # How often the Judge is right

        `make accuracy` writes this page and its pictures; do not edit them. It replays the \(results.count) recorded
        roll-outs of `Tests/Fixtures/Judge/cases` through the collector's own Judge (version \(Verdict.judgeVersion))
        under the default policy, takes the verdict at the end of every hour, and counts. Every run gives the same
        bytes. [How a verdict comes about](verdicts.md) explains the words.

        `expected.json`, beside the cases, says what is true of each:

        - **clean** (\(count(.clean))): the new servers are no worse than the policy allows. A FAIL is a false alarm.
        - **regressed** (\(count(.regressed))): from the *onset* on they are clearly worse than that, or break a rule.
          FAIL is the right answer, and a regression costs the hours until it comes.
        - **subtle** (\(count(.subtle))): worse than allowed, but by little or in few pairs. FAIL is welcome, PASS is
          wrong.
        - **evidence lacking** (\(count(.nodata))): too little was measured. Neither PASS nor FAIL is right.
        """
    }

    private var reading: String {
        """
        Hours count from the start of the roll-out, or from the onset where the table says so. PASS comes after
        \(JudgePolicy.default.minHoursPass) h at the earliest: the policy says so. A PASS in the first \(graceHours) h
        after an onset is not held to be wrong: the evidence of a late change has yet to come. Cases that wait in vain
        count in a median as the longest. Cases about rules are counted in their own kind as well; a rule is a fact and
        no matter of chance.
        """
    }

    private var limits: String {
        let clean = Share(0, of: count(.clean))
        let worst = clean.interval.map { Text.percent($0.upperBound) } ?? "–"
        let paired = results.filter { $0.contents.pairs > 0 }
        return """
            ## What these numbers cannot show

            - **The cases are few.** The intervals are Clopper and Pearson's: the shares that would be no surprise, at
              95 %, had the cases been drawn by chance. Of \(clean.of) clean cases not one false alarm would still leave
              room for \(worst). The rate for which the limits are set is far smaller than that; to measure it takes
              many more roll-outs than are stored here.
            - **They were not drawn by chance.** Each stands for one kind of trouble that somebody thought of. Their
              shares are not those of your roll-outs.
            - **They are relatives of what the method was tuned on.** Thresholds and guards were chosen on simulated
              roll-outs of the same families, with other seeds, and every change of the Judge is tested against these
              very cases. Noise of a kind that was missing there is missing here.
            - **They are made.** Load, pairs and regressions are simulated. The `real-` cases take the noise of each
              copy from recorded public host metrics (Numenta Anomaly Benchmark); their rest is made as well.
            - **They are small and short**: \(Text.range(paired.map(\.contents.pairs))) pairs on \
            \(Text.range(paired.map(\.contents.newHosts))) new servers, \
            \(Text.range(results.map(\.outcome.timeline.count))) hours.
              A weekly rhythm, or a change after days, is in none of them.
            - **Regressed means clearly so.** Near the margin there are the \(count(.subtle)) subtle cases and no more.

            A fleet's own past tells more: `perchctl rollout export` writes a roll-out as such a case, and
            `perchctl judge --case FILE` replays it.
            """
    }

    private var pictures: String {
        """
        ## Two cases, hour by hour

        The mean is that of all hours so far. The band around it narrows as evidence adds up, and widens when the ratio
        begins to wander. Its edges answer two questions: the upper one is what PASS asks for, at an error of 5 %; the
        lower one is a reason to FAIL, at a far smaller error, because a false alarm stops a roll-out. Where a line is
        interrupted there was no limit at that hour; a dot is a limit between two such hours; the band is drawn where
        both limits exist, and what lies beyond the frame is cut. One metric is drawn; the verdict rests on all of
        them, and on guards and rules.

        \(picture(clean, "clean"))

        \(picture(regressed, "regressed"))
        """
    }

    private func picture(_ series: LimitSeries, _ kind: String) -> String {
        let name = series.result.name
        var words = "`\(name)`, \(series.metricWords). \(series.words)"
        if let failure = series.result.verdicts.last?.failure {
            words += " The first reason to FAIL, `\(failure.check.id)`: \(failure.check.sentence)"
        }
        return "![\(name): \(series.metricWords), mean and limits by the hour](accuracy-\(kind).svg)\n\n\(words)"
    }

    private var each: String {
        """
        ## Case by case

        *What the file holds*: its metrics, the share of rows owed that lack a copy, and rules that do not hold. *New*
        and *old* are servers. *Taken back*: hours after the first PASS that were no PASS.

        \(CaseTables.markdown(results))
        """
    }
}
