// The TOML reader against the language's rules and against garbage.
import Testing

@testable import Agent

@Suite struct TOMLTests {
    /// A text form of the tree, for comparing.
    private func shown(_ value: TOML.Value) -> String {
        switch value {
        case .string(let text): "\"\(text)\""
        case .integer(let number): "\(number)"
        case .boolean(let answer): "\(answer)"
        case .float: "float"
        case .date: "date"
        case .array(let nodes): "[" + nodes.map { shown($0.value) }.joined(separator: ",") + "]"
        case .section(let section):
            "{" + section.keys.map { "\($0)=" + (section[$0].map { shown($0.value) } ?? "") }.joined(separator: ",")
                + "}"
        }
    }

    @Test(arguments: [
        ("", "{}"), ("# only\n\n", "{}"), ("a = 1", "{a=1}"), ("a=1\r\nb=2\r\n", "{a=1,b=2}"),
        ("a = 1_000\nb = -7\nc = +3\nd = 0\ne = 0xFf\nf = 0o17\ng = 0b101", "{a=1000,b=-7,c=3,d=0,e=255,f=15,g=5}"),
        ("a = 1.5\nb = -2e3\nc = inf\nd = nan\ne = 6_0.1_0", "{a=float,b=float,c=float,d=float,e=float}"),
        ("a = 1979-05-27\nb = 07:32:00\nc = 1979-05-27T07:32:00Z", "{a=date,b=date,c=date}"),
        ("a = true # yes\nb = false", "{a=true,b=false}"),
        (#"a = "x\"\\\t\u00e4\U0001F600#""#, "{a=\"x\"\\\t\u{e4}\u{1F600}#\"}"),
        (#"a = 'C:\x "y"'"#, #"{a="C:\x "y""}"#), ("a = \"\"\nb = ''", "{a=\"\",b=\"\"}"),
        ("a = \"\"\"\nx\ny \\\n   z\"\"\"", "{a=\"x\ny z\"}"), ("a = '''\nx\\\n'y'''", "{a=\"x\\\n'y\"}"),
        ("a = \"\"\"\"x\"\"\"\"\"", "{a=\"\"x\"\"\"}"),
        ("a = [ 1, [2, 3], # c\n \"x\",\n]\n", "{a=[1,[2,3],\"x\"]}"), ("a = []", "{a=[]}"),
        ("a = { b = 1, c.d = 'x' }\ne = {}", "{a={b=1,c={d=\"x\"}},e={}}"),
        ("a.b.c = 1\na.b.d = 2\n\"q r\".'s' = 3", "{a={b={c=1,d=2}},q r={s=3}}"),
        ("[a]\nx = 1\n[a.b]\ny = 2\n[c]\n", "{a={x=1,b={y=2}},c={}}"),
        ("[a.b]\nx = 1\n[a]\ny = 2", "{a={b={x=1},y=2}}"),
        ("[[a]]\nx = 1\n[a.s]\nq = 0\n[[a]]\nx = 2", "{a=[{x=1,s={q=0}},{x=2}]}"), ("[ a . b ]\n", "{a={b={}}}"),
    ])
    func goodTextIsRead(text: String, tree: String) throws {
        #expect(shown(.section(try TOML.parse(text))) == tree)
    }

    @Test(arguments: [
        "a", "a =", "= 1", "a = 1 b = 2", "a = 01", "a = 1__0", "a = _1", "a = 1_", "a = 0x-1", "a = 0xg", "a = +0x1",
        "a = yes", "a = 9223372036854775808", "a = \"x", "a = 'x\n'", "a = \"\\x\"", "a = \"\\uD800\"", "a = \"\\u12\"",
        "a = \"\u{1}\"", "a = [1", "a = [1 2]", "a = [,]", "a = ]", "a = ,", "a = {b = 1", "a = {b = 1,}",
        "a = {b = 1\n}",
        "a = {b=1, b=2}", "a = 1\na = 2", "a = 1\na.b = 2", "a.b = 1\n[a]", "[a]\n[a]", "[a]\nb = 1\n[a.b]",
        "a = {}\n[a]",
        "a = {}\na.b = 1", "[[a]]\n[a]", "[a]\n[[a]]", "a = [1]\n[[a]]", "a = [{}]\n[[a]]", "[a", "[[a]", "[a]]", "[]",
        "[a.]",
        "[.a]", "[\"\"\"a\"\"\"]", "# \u{0}", "a = \"\"\"x", "\"a\nb\" = 1", "a b = 1", "ä = 1", "a = 2e",
        "a = 1.2.3.4x",
    ])
    func otherTextIsRefusedWithItsLine(text: String) {
        do {
            let tree = try TOML.parse(text)
            Issue.record("read as \(shown(.section(tree)))")
        } catch {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
            #expect((1...lines + 1).contains(error.line))
            #expect(!error.sentence.isEmpty)
        }
    }

    @Test func nestingIsBounded() {
        #expect(throws: TOML.Failure.self) { try TOML.parse("a = " + String(repeating: "[", count: 100_000)) }
        #expect(throws: TOML.Failure.self) { try TOML.parse(String(repeating: "a.", count: 100_000) + "a = 1") }
        #expect(throws: TOML.Failure.self) { try TOML.parse("a = " + String(repeating: "{a=", count: 100_000)) }
    }

    @Test func garbageEndsInTimeAndNeverCrashes() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        let pieces = [
            "[", "]", "{", "}", "=", ",", "\"", "'", "\"\"\"", "'''", "\n", "\\", ".", "a", "1", "-", "#", " ", "true",
            "\\u00e4", "0x", "\r", "é", "[[", "]]",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int(random.next(upTo: 25))).map { _ in
                pieces[Int(random.next(upTo: UInt64(pieces.count - 1)))]
            }
            _ = try? TOML.parse(text.joined())
        }
    }
}
