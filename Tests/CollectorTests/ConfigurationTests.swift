import FoundationEssentials
import Shared
import Testing

@testable import Collector

@Suite struct ConfigurationTests {
    static let text = """
        [listen]
        address = "[::1]:0"
        port_file = "/run/perch/port"
        [tls]
        certificate = "/etc/perch/c.pem"
        key = "/etc/perch/c.key"
        certificate_authority = "/etc/perch/ca.pem"
        domain = "perch.example"
        [store]
        path = "/var/lib/x.sqlite"
        raw_report_hours = 24
        [access]
        permissions = "/etc/perch/permissions.toml"
        """

    @Test func everyKeyIsReadAndTheRestHasDefaults() throws {
        let configuration = try ConfigurationFile.parse(Self.text, file: "c.toml")
        #expect(configuration.listen == Configuration.Listener(host: "::1", port: 0, portFile: "/run/perch/port"))
        #expect(configuration.health == Configuration.Listener(host: "127.0.0.1", port: 9464))
        #expect(configuration.tls.key == "/etc/perch/c.key" && configuration.domain == "perch.example")
        #expect(configuration.storePath == "/var/lib/x.sqlite" && configuration.rawReportHours == 24)
        #expect(configuration.permissions == "/etc/perch/permissions.toml" && configuration.policies == nil)
    }

    @Test func tokensAndAlertsAreOffUnlessTheyStandThere() throws {
        let plain = try ConfigurationFile.parse(Self.text, file: "c.toml")
        #expect(plain.tokens == nil && plain.alerts.isEmpty)
        let text =
            Self.text + """

                [tokens]
                address = "127.0.0.1:8444"
                [[alert]]
                name = "chat"
                url = "https://hooks.example/T0/B0"
                secret_file = "/etc/perch/chat.secret"
                kinds = ["verdict", "login"]
                [[alert]]
                name = "local"
                url = "http://127.0.0.1:9000/"
                secret_file = "/etc/perch/local.secret"
                certificate_authority = "/etc/perch/ca.pem"
                """
        let full = try ConfigurationFile.parse(text, file: "c.toml")
        #expect(full.tokens == Configuration.Listener(host: "127.0.0.1", port: 8444))
        #expect(full.alerts.map(\.name) == ["chat", "local"])
        #expect(full.alerts[0].kinds == [.verdict, .login] && full.alerts[1].kinds.count == AlertKind.allCases.count)
        #expect(full.alerts[1].certificateAuthority == "/etc/perch/ca.pem")
        for (from, to, line) in [
            ("https://hooks", "http://hooks", "c.toml:18: alert[0].url is no https"),
            ("\"verdict\"", "\"verdicts\"", "c.toml:20: alert[0].kinds takes verdict, gate"),
            ("\"local\"", "\"chat\"", "c.toml:22: alert[1].name"), ("\"local\"", "\"a b\"", "c.toml:22: alert[1].name"),
            ("url = \"http:", "uri = \"http:", "alert[1].url is missing"),
        ] {
            do {
                _ = try ConfigurationFile.parse(text.replacing(from, with: to), file: "c.toml")
                Issue.record("\(to) was taken")
            } catch let mistakes as FileMistakes {
                #expect("\(mistakes)".contains(line), "\(mistakes)")
                #expect(!"\(mistakes)".contains("T0/B0"))
            }
        }
    }

    @Test(arguments: [
        ("address = \"[::1]:0\"", "address = \"::1:0\"", "c.toml:2: listen.address"),
        ("address = \"[::1]:0\"", "adress = \"[::1]:0\"", "c.toml:2: listen.adress"),
        ("\"/run/perch/port\"", "\"port\"", "c.toml:3: listen.port_file"),
        ("key = \"/etc/perch/c.key\"\n", "", "c.toml:4: tls.key is missing"),
        ("\"perch.example\"", "\"Perch\"", "c.toml:8: tls.domain"),
        ("raw_report_hours = 24", "raw_report_hours = 0", "c.toml:11: store.raw_report_hours"),
        ("raw_report_hours = 24", "raw_report_hours = \"24\"", "c.toml:11: store.raw_report_hours"),
        ("[access]", "[acess]", "c.toml:12: acess"),
        ("[store]", "[store", "c.toml:9: is no TOML"),
    ])
    func aMistakeIsToldWithItsLineAndMend(_ old: String, _ new: String, _ expected: String) throws {
        let text = Self.text.replacing(old, with: new)
        #expect(text != Self.text)
        let mistakes = try #require(
            #expect(throws: FileMistakes.self) { try ConfigurationFile.parse(text, file: "c.toml") })
        #expect(mistakes.all.contains { $0.description.hasPrefix(expected) }, "\(mistakes)")
    }

    @Test func allMistakesAreToldAtOnce() {
        let mistakes = #expect(throws: FileMistakes.self) { try ConfigurationFile.parse("x = 1\n", file: "c.toml") }
        #expect(mistakes?.all.count == 7)
    }

    @Test func theCommandLineIsReadStrictly() throws {
        #expect(try Arguments.parse([]) == .run(configuration: "/etc/perch/collector.toml"))
        #expect(try Arguments.parse(["--config", "a"]) == .run(configuration: "a"))
        #expect(try Arguments.parse(["--config=a", "--check-config"]) == .checkConfiguration("a"))
        #expect(try Arguments.parse(["--version"]) == .version)
        #expect(try Arguments.parse(["-h"]) == .help)
        for words in [["--config"], ["--confg", "a"], ["a"]] {
            #expect(throws: Arguments.Usage.self) { try Arguments.parse(words) }
        }
    }
}
