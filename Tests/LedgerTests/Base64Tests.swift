import Foundation
import Testing

@testable import Ledger

@Suite struct Base64Tests {
    /// RFC 4648 section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func vectorsOfTheRFC(plain: String, coded: String) {
        #expect(Base64.encode(plain.bytes) == coded)
        #expect(Base64.decode(coded) == plain.bytes)
    }

    @Test func agreesWithAnotherImplementation() {
        var random = Seeded(1)
        for count in 0..<200 {
            let bytes = random.bytes(count)
            #expect(Base64.encode(bytes) == Data(bytes).base64EncodedString())
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }

    @Test(arguments: [
        // Stray bits.
        "Zh==", "Zm9=", "Zm9vYh==", "AB==", "AAB=",
        // Padding.
        "Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zg==Zg==", "Zm=v", "Zg= =", "=Zg=",
        // Alphabet.
        "Zm8-", "Zm8_", "Zm 8", "Zm8\n", "Zm9v\n", " Zm9v", "Zm9v\0", "Zmé=", "Zm9vZ",
    ])
    func anotherSpellingIsRefused(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func everyTextOfFourLettersHasOneMeaningOrNone() {
        let letters = "AQgw/+=".utf8
        for a in letters {
            for b in letters {
                for c in letters {
                    for d in letters {
                        let text = String(decoding: [a, b, c, d], as: UTF8.self)
                        guard let bytes = Base64.decode(text) else { continue }
                        #expect(Base64.encode(bytes) == text)
                    }
                }
            }
        }
    }
}
