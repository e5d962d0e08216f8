// The limits fit each other: one that contradicts another would be found in production only.
import Shared
import Testing

@Suite struct LimitsTests {
    @Test func limitsFitEachOther() {
        #expect(Limits.bodyBytes < Limits.inflatedBytes)
        #expect(Limits.inflatedBytes < Limits.spoolBytes)
        #expect(Limits.hostBytes <= Limits.labelBytes)
        #expect(Limits.labelBytes < Limits.spiffeIDBytes)
        #expect(Limits.shortestPingIntervalMilliseconds < Limits.shortestReportIntervalMilliseconds)
        #expect(Limits.shortestReportIntervalMilliseconds < Limits.longestReportIntervalMilliseconds)
        #expect(Limits.commandsPerInstance + Limits.errorCodesPerInstance + Limits.instances < Limits.names)
        #expect(Limits.refusalPauseSeconds < Limits.connectionSeconds)
        #expect(Limits.rolloutPairs <= Limits.instances)
    }

    /// An hour at the default period fits one request, as the constant's comment says.
    @Test func anHourFitsOneBatch() {
        #expect(Limits.reportsPerBatch >= 3600 / 10)
    }
}
