import Shared
import Testing

@testable import Agent

struct RedactionTests {
    private static func redacted(_ text: String, limitBytes: Int = 256) -> String {
        Redaction.redacted(Array(text.utf8)[...], limitBytes: limitBytes)
    }

    @Test(arguments: [
        "password=hunter2", "password: hunter2", "password = hunter2", "PASSWORD='hunter2'", "db_password=\"hunter2\"",
        "password=\"a hunter2 b\" rest", "--password hunter2", "--redis-pass=hunter2 --auth-token hunter2",
        "token: hunter2",
        "{\"user\":\"x\",\"password\":\"hunter2\",\"n\":1}", "Authorization: Bearer hunter2",
        "authorization=Basic hunter2",
        "Bearer hunter2", "redis://default:hunter2@10.0.0.1:6379/0", "https://u:hunt/hunter2@host/x",
        "url=postgres://hunter2@h/db",
        "AUTH hunter2", "AUTH default hunter2", "requirepass hunter2", ">>> 'requirepass hunter2'",
        ">>> 'masteruser hunter2 x'",
        "user alice on >hunter2 ~*", "api_key=hunter2&x=1", "x=1&secret=hunter2", "Cookie: session=hunter2",
        "-----BEGIN PRIVATE KEY-----\nhunter2\nhunter2==\n-----END PRIVATE KEY-----", "passphrase => hunter2",
        "aws_secret_access_key = hunter2",
    ])
    func secretsAreBlottedOut(_ text: String) {
        let shown = Self.redacted(text)
        #expect(!shown.contains("hunter2"), "\(shown)")
        #expect(shown.contains(Redaction.blot))
    }

    @Test(arguments: [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "AKIAIOSFODNN7EXAMPLE",
        "762f3f8e8500de52bc0b0599ec3797d42c37dc92", "dGhpcyBpcyBhIHZlcnkgbG9uZyBzZWNyZXQga2V5IDEyMw==",
    ])
    func whatLooksLikeAKeyIsBlottedOut(_ text: String) {
        #expect(Self.redacted("value " + text + " end") == "value \(Redaction.blot) end")
    }

    @Test(arguments: [
        "Failed password for root from 127.0.0.1 port 22 ssh2", "Background saving error", "pass 3 of 7",
        "Failed opening the temp RDB file temp-300.rdb (in server root dir /var/lib/redis-6380) for saving: No",
        "redis@6380.service: Failed with result 'signal'.",
        "Accepted publickey: ED25519 SHA256:FW4Yy+GZ9Ex3rMZVGC3bxEN8hYndmKgsML/A9iFcS30",
        "http://127.0.0.1:8080/health answered 500", "a > b and c >= d",
        "pam_unix(sshd:auth): authentication failure; logname= uid=0", "std::string is no address",
    ])
    func ordinaryLinesStayAsTheyAre(_ text: String) {
        #expect(Self.redacted(text) == text)
    }

    @Test func whatFollowsASecretIsShown() {
        #expect(Self.redacted("password=hunter2, user=bob failed") == "password=\(Redaction.blot), user=bob failed")
        #expect(Self.redacted("-----BEGIN X-----\nabc\n-----END X----- tail").hasSuffix("tail"))
    }

    @Test func samplesAreShortAndCutBetweenCharacters() {
        let long = String(repeating: "ä ", count: 400)
        let shown = Self.redacted(long)
        #expect(shown.utf8.count <= 256)
        #expect(!shown.contains("\u{fffd}"))
        #expect(Self.redacted("a\u{7}\nb\u{0}c") == "a b c")
        #expect(Redaction.redacted([0xff, 0xfe, 0x41], limitBytes: 256).hasSuffix("A"))
    }

    @Test func damagedLinesNeverCrash() {
        var random = HostRandom.seeded("damagedLinesNeverCrash")
        for _ in 0..<2000 {
            let line = Array("x password=hunter2 url redis://u:p@h 'q".utf8)
            _ = Redaction.redacted(random.damaged(line[...]), limitBytes: 256)
        }
    }
}
