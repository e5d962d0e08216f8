import Testing

@testable import Ctl

struct SettingsTests {
    private func resolve(
        _ flags: Settings.Partial, _ environment: [String: String], profile: String? = nil, file: String? = nil
    ) throws(Failure) -> Settings {
        try Settings.resolve(
            flags: flags, profileName: profile, environment: environment,
            readProfiles: { (path) throws(Failure) in
                #expect(path == "/home/u/.config/perch/perchctl.toml")
                guard let file else { return nil }
                return try ProfileFile(file, file: path)
            })
    }

    private let file = """
        [profiles.default]
        server = "https://profile:1"
        certificate = "/p/cert"
        key = "/p/key"
        ca = "ca.pem"
        [profiles.other]
        server = "https://other:2"
        certificate = "/o/cert"
        key = "/o/key"
        ca = "/o/ca"
        """

    @Test func flagsBeatEnvironmentBeatsProfileEachSettingForItself() throws {
        let found = try resolve(
            Settings.Partial(server: "https://flag:3"),
            ["PERCH_SERVER": "https://environment:4", "PERCH_CERTIFICATE": "/e/cert", "HOME": "/home/u"], file: file)
        #expect(found.server.description == "https://flag:3")
        #expect(found.certificate == "/e/cert")
        #expect(found.key == "/p/key")
        #expect(found.certificateAuthority == "/home/u/.config/perch/ca.pem")
    }

    @Test func aNamedProfileIsTakenFromFlagThenEnvironment() throws {
        let home = ["HOME": "/home/u", "PERCH_PROFILE": "other"]
        #expect(try resolve(.init(), home, file: file).server.description == "https://other:2")
        #expect(try resolve(.init(), home, profile: "default", file: file).server.description == "https://profile:1")
    }

    @Test func aNamedProfileThatIsNotThereIsUsage() throws {
        let failure = #expect(throws: Failure.self) {
            try resolve(.init(), ["HOME": "/home/u"], profile: "gone", file: file)
        }
        #expect(failure?.status == .usage)
        #expect(failure?.description.contains("use one of: default, other") == true)
    }

    @Test func everythingMissingIsNamedWithItsThreeWays() {
        let failure = #expect(throws: Failure.self) {
            try resolve(.init(server: "https://s"), ["HOME": "/home/u", "PERCH_KEY": ""])
        }
        #expect(failure?.status == .usage)
        #expect(failure?.details.count == 3)
        #expect(failure?.details.contains { $0.contains("--key, PERCH_KEY, or `key") } == true)
        #expect(failure?.details.contains { $0.contains("--server") } == false)
    }

    @Test func theProfileFileIsNotReadWhenNothingIsMissing() throws {
        let complete = Settings.Partial(server: "https://s:9", certificate: "c", key: "k", certificateAuthority: "a")
        let found = try Settings.resolve(
            flags: complete, profileName: nil, environment: ["HOME": "/h"],
            readProfiles: { (_) throws(Failure) in
                Issue.record("read")
                return nil
            })
        #expect(found.server.port == 9)
    }

    @Test(arguments: [
        ("https://perch.example", "https://perch.example:8443"), ("https://[::1]:9/", "https://[::1]:9"),
        ("HTTPS://10.0.0.1:443", "https://10.0.0.1:443"),
    ])
    func anAddressIsReadAndPrintedInOneSpelling(text: String, expected: String) {
        #expect(Endpoint(text)?.description == expected)
    }

    @Test(arguments: [
        "http://perch.example", "perch.example:8443", "https://user:secret@perch.example", "https://perch.example/v1",
        "https://perch.example?x", "https://", "", "https://perch.example:0", "https://perch.example:65536",
    ])
    func otherAddressesAreRefusedWithoutRepeatingThem(text: String) {
        #expect(Endpoint(text) == nil)
        let failure = #expect(throws: Failure.self) {
            try resolve(.init(server: text, certificate: "c", key: "k", certificateAuthority: "a"), ["HOME": "/home/u"])
        }
        #expect(failure?.description.contains("secret") == false)
    }
}

struct ProfileFileTests {
    @Test func thePathFollowsXDGAndIgnoresRelativeOnes() {
        #expect(ProfileFile.path(environment: ["XDG_CONFIG_HOME": "/x", "HOME": "/h"]) == "/x/perch/perchctl.toml")
        #expect(
            ProfileFile.path(environment: ["XDG_CONFIG_HOME": "x", "HOME": "/h"]) == "/h/.config/perch/perchctl.toml")
        #expect(ProfileFile.path(environment: [:]) == nil)
    }

    @Test(arguments: [
        ("[profiles.a]\nserver = \"s\"\nsrever = \"t\"\n", "f:3: `srever` is not known in a profile"),
        ("[profiles.a]\nkey = 1\n", "f:2: `key` is no text"),
        ("# hello\nserver = \"s\"\n", "f:2: `server` is not known here"),
        ("profiles = 3\n", "f:1: `profiles` is no table"), ("[profiles]\na = 3\n", "f:2: `a` is no table"),
        ("[profiles.a]\nkey = \"x\nca = 1\n", "f:2: is not TOML"),
        ("[profiles.a]\nkey=\"x\"\n[profiles.b]\nca = \"\"\n", "f:4: `ca` is no text"),
    ])
    func mistakesAreNamedByFileAndLine(text: String, expected: String) {
        let failure = #expect(throws: Failure.self) { try ProfileFile(text, file: "f") }
        #expect(failure?.status == .usage)
        #expect(failure?.description.contains(expected) == true, "\(failure?.description ?? "")")
        #expect(failure?.mend.isEmpty == false)
    }

    @Test func noFileIsNoMistake() throws {
        let directory = try TemporaryDirectory()
        #expect(try ProfileFile.read(path: directory.file("none.toml")) == nil)
    }
}
