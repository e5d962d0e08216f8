import Testing

@testable import Collector

@Suite struct AddressTextTests {
    @Test(arguments: [
        ([UInt8](repeating: 0, count: 16), "::"), ([UInt8](repeating: 0, count: 15) + [1], "::1"),
        ([0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1], "2001:db8::1"),
        ([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1], "2001:db8:0:1:1:1:1:1"),
        ([0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1], "1:0:0:1::1"),
        ([UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 127, 0, 0, 1], "::ffff:127.0.0.1"),
        ([10, 0, 0, 200], "10.0.0.200"), ([], "?"),
    ])
    func addressesHaveOneText(_ bytes: [UInt8], expected: String) {
        #expect(AddressText.print(bytes) == expected)
    }
}

@Suite struct UUIDv7Tests {
    @Test func itSortsByTimeAndCarriesItsVersion() {
        var generator = SystemRandomNumberGenerator()
        let first = UUIDv7.make(nowMicroseconds: 1_700_000_000_000_000, using: &generator)
        let later = UUIDv7.make(nowMicroseconds: 1_700_000_000_001_000, using: &generator)
        #expect(first < later)
        #expect(first.count == 36)
        let characters = Array(first)
        #expect(characters[14] == "7")
        #expect("89ab".contains(characters[19]))
        #expect(first.hasPrefix("018bcfe5-6800-7"))
    }
}
