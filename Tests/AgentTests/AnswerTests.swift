// The collector's answer: status to meaning, and the one word that is taken from a problem's body.
import Shared
import Testing

@testable import Agent

@Suite struct AnswerTests {
    private func answer(_ status: Int, _ body: String = "", retryAfter: String? = nil) -> Answer {
        Answer(status: status, body: Array(body.utf8), retryAfter: retryAfter, endsConnection: false)
    }

    @Test func everyProblemCodeIsFoundAndMeansWhatItsStatusSays() {
        for code in ProblemCode.allCases {
            let body = """
                {"type":"/problems/\(code.rawValue)","title":"\(code.title)","status":\(code.status),
                 "detail":"a \\"code\\": \\"fake\\"","instance":"1","code" : "\(code.rawValue)","retryable":true}
                """
            let answer = answer(code.status, body)
            #expect(answer.code == code.rawValue)
            switch code.status {
            case 400, 409, 413: #expect(answer.meaning == .refusedContent)
            case 403: #expect(answer.meaning == .refusedHost)
            case 429, 503: #expect(answer.meaning == .busy)
            default: #expect(answer.meaning == .unexpected)
            }
        }
    }

    @Test(arguments: [
        "", "code", "{\"code\":5}", "{\"code\":\"UPPER\"}", "{\"code\":\"unterminated", "\"code\"", "\"code\":\"\"",
        "{\"xcode\":\"a\"}", "{\"code\":\"a b\"}",
    ])
    func aBodyWithoutACodeHasNone(body: String) {
        #expect(answer(400, body).code == nil)
    }

    @Test func anAcknowledgementThatIsNoneIsUnexpected() {
        #expect(answer(200, "<html>").meaning == .unexpected)
        #expect(answer(200, "").meaning == .committed([:]))
        var ack = Ack()
        ack.runs = [RunAck.with { $0.runID = .init([1, 2, 3]) }]
        let body: [UInt8] = (try? ack.serializedBytes()) ?? []
        #expect(Answer(status: 200, body: body, retryAfter: nil, endsConnection: false).meaning == .unexpected)
    }

    @Test func randomBodiesNeverCrash() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        let letters = Array("\"code:\\ {}a-9\n".utf8)
        for _ in 0..<5000 {
            let body = (0..<Int(random.next(upTo: 60))).map { _ in
                letters[Int(random.next(upTo: UInt64(letters.count - 1)))]
            }
            _ = Answer(status: 400, body: body, retryAfter: nil, endsConnection: false)
            _ = Answer(status: 200, body: body, retryAfter: nil, endsConnection: false)
        }
    }
}
