import Evidence
import Ledger
import Testing

@testable import Evaluation

@Suite struct LoginBookTests {
    private func block(_ host: String, _ logins: [LoginFact], leftOut: UInt64 = 0) -> HostBlock {
        var block = HostBlock(host: host, index: 1, blockSeconds: 300, samplesSeen: 30, samplesExpected: 30)
        block.journal.logins = logins
        block.journal.loginsLeftOut = leftOut
        return block
    }

    private func window(_ seconds: Range<Int64>) throws -> UTCWindow {
        let from = try #require(UTCTime(unixSeconds: seconds.lowerBound))
        let to = try #require(UTCTime(unixSeconds: seconds.upperBound))
        return try #require(UTCWindow(from: from, to: to))
    }

    @Test func loginsOfTheTimeAreListedWithTheirMeansAndEndsAreNot() throws {
        var book = LoginBook()
        book.add(
            block(
                "b",
                [
                    LoginFact(
                        kind: .accepted, timeSeconds: 200, user: "ada", source: "10.0.0.7", method: "publickey",
                        key: "SHA256:k"),
                    LoginFact(kind: .sessionStart, timeSeconds: 201, user: "ada", session: "12"),
                    LoginFact(kind: .sessionEnd, timeSeconds: 210, user: "ada", session: "12"),
                    LoginFact(kind: .elevation, timeSeconds: 202, user: "ada"),
                    LoginFact(kind: .accepted, timeSeconds: 300, user: "eve"),
                ]))
        book.add(
            block("a", [LoginFact(kind: .accepted, timeSeconds: 100, user: "lea", method: "password")], leftOut: 2))
        let list = book.list(try window(100..<300))
        #expect(list.logins.map(\.user) == ["lea", "ada", "ada", "ada"])
        #expect(list.logins.map(\.host) == ["a", "b", "b", "b"])
        #expect(list.logins.map(\.means) == ["password", "publickey SHA256:k", "session 12", "sudo or su"])
        #expect(list.logins[0].at == "1970-01-01T00:01:40Z" && list.logins[1].source == "10.0.0.7")
        #expect(list.leftOut == 2)
    }

    @Test func theNewestAreKeptAndTheOthersCounted() throws {
        var book = LoginBook()
        for second in 0..<UInt64(3 * LoginBook.most) {
            book.add(block("a", [LoginFact(kind: .accepted, timeSeconds: second, user: "u\(second)")]))
        }
        let list = book.list(try window(0..<10_000))
        #expect(list.logins.count == LoginBook.most && list.leftOut == UInt64(2 * LoginBook.most))
        #expect(list.logins.last?.user == "u\(3 * LoginBook.most - 1)")
    }
}
