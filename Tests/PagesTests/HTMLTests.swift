import Testing

@testable import Pages

@Suite struct HTMLTests {
    @Test func whatIsPutIntoMarkupIsEscapedAndMarkupIsNot() {
        let name = #"<script>alert("1")</script>&'"#
        let part: HTML = "<b>\(name)</b>"
        #expect(part.markup == "<b>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;</b>")
        let whole: HTML = "<p>\(part)\([part, part])\(7)</p>"
        #expect(whole.markup == "<p>\(part.markup)\(part.markup)\(part.markup)7</p>")
    }

    @Test func controlCharactersAndTurnedWritingBecomeVisible() {
        let text = "a\u{0}b\u{1b}[31mc\u{202e}d\u{2066}e\u{85}f"
        #expect(HTML(text: text).markup == "a\u{fffd}b\u{fffd}[31mc\u{fffd}d\u{fffd}e\u{fffd}f")
        #expect(HTML(text: "a\n\tb").markup == "a\n\tb")
    }

    @Test(arguments: ["redis@6379", "a/b", "..", ".", "ä ö", "a%2Fb", "", "x?y#z", "\u{1f600}", "a+b"])
    func aNameSurvivesItsAddress(name: String) {
        let segment = Link.segment(name)
        #expect(
            segment.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") })
        #expect(segment != ".." && segment != ".")
        #expect(Link.text(ofSegment: segment) == name)
    }

    @Test(arguments: ["%", "%2", "%zz", "%+1", "%ff"])
    func aBrokenEscapeIsNoName(segment: String) {
        #expect(Link.text(ofSegment: segment) == nil)
    }
}
