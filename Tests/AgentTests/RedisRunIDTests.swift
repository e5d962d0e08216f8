import Testing

@testable import Agent

@Suite struct RedisRunIDTests {
    private func read(_ text: String) -> RedisRunID? { RedisRunID(hexadecimal: ByteText(text.utf8)) }

    @Test func itsBytesAreThoseOfTheText() {
        let bytes: [UInt8] = (0..<20).map { 0x11 &* $0 &+ 7 }
        #expect(RedisRunID(bytes: bytes)?.bytes == bytes)
        #expect(read(SHA256.hex(bytes)) == read(SHA256.hex(bytes).uppercased()))
    }

    @Test func eachByteCounts() {
        let zero = [UInt8](repeating: 0, count: 20)
        let all = (0..<20).map { place in
            var bytes = zero
            bytes[place] = 1
            return RedisRunID(bytes: bytes)
        }
        #expect(Set(all + [RedisRunID(bytes: zero)]).count == 21)
    }

    @Test(arguments: [
        "", String(repeating: "a", count: 39), String(repeating: "a", count: 41),
        String(repeating: "g", count: 40), String(repeating: "a", count: 39) + " ",
    ])
    func anythingElseIsNone(_ text: String) { #expect(read(text) == nil) }
}
