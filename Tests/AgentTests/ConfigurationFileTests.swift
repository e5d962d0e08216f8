// agent.toml: everything that may be written, and every mistake with its line.
import Foundation
import Shared
import Testing

@testable import Agent

@Suite struct ConfigurationFileTests {
    private func mistakes(_ text: String) -> [ConfigurationMistake] {
        do {
            _ = try ConfigurationFile.parse(text, file: "f.toml")
            return []
        } catch {
            return error.mistakes
        }
    }

    @Test func anEmptyFileGivesTheDefaults() throws {
        let configuration = try ConfigurationFile.parse("", file: "f.toml")
        #expect(configuration == Configuration(host: ""))
    }

    private static let everyKey = """
        host = "db-1"
        interval_ms = 200
        state_directory = "/s"
        spool_bytes = 8388608
        [collector]
        address = "[::1]:8443"
        spiffe_id = "spiffe://perch.example/perch/collector/main"
        certificate = "/c/agent.pem"
        key = "/c/agent.key"
        certificate_authority = "/c/ca.pem"
        [redis]
        users = ["r"]
        discover = false
        username = "perch"
        password_file = "/p"
        ping_ms = 20
        data_directories = ["/d/{name}"]
        socket_patterns = ["/run/{name}.sock"]
        database_file = "d.rdb"
        append_only_directory = "aof"
        [[redis.instances]]
        name = "a"
        address = "127.0.0.1:6379"
        data_directory = "/d/a"
        unit = "redis@a.service"
        username = "u"
        password_file = "/pa"
        [[redis.instances]]
        name = "b"
        address = "/run/b.sock"
        [journal]
        directory = "/j"
        history_days = 1
        history_entries = 5
        [watch]
        files = ["/etc/redis/redis.conf"]
        packages = ["redis*"]
        [probes]
        disabled = ["ports", "journal"]
        """

    @Test func everyKeyIsRead() throws {
        let text = Self.everyKey
        let configuration = try ConfigurationFile.parse(text, file: "f.toml")
        var wanted = Configuration(host: "db-1")
        wanted.intervalMilliseconds = 200
        wanted.stateDirectory = "/s"
        wanted.spoolBytes = 8_388_608
        wanted.collector = Configuration.Collector(
            host: "::1", port: 8443, spiffeID: "spiffe://perch.example/perch/collector/main",
            certificate: "/c/agent.pem", key: "/c/agent.key", certificateAuthority: "/c/ca.pem")
        wanted.redis.users = ["r"]
        wanted.redis.isDiscovering = false
        wanted.redis.username = "perch"
        wanted.redis.passwordFile = "/p"
        wanted.redis.pingMilliseconds = 20
        wanted.redis.dataDirectories = ["/d/{name}"]
        wanted.redis.socketPatterns = ["/run/{name}.sock"]
        wanted.redis.databaseFile = "d.rdb"
        wanted.redis.appendOnlyDirectory = "aof"
        wanted.redis.instances = [
            Configuration.Redis.Instance(
                name: "a", address: "127.0.0.1:6379", dataDirectory: "/d/a", unit: "redis@a.service", username: "u",
                passwordFile: "/pa"),
            Configuration.Redis.Instance(name: "b", address: "/run/b.sock"),
        ]
        wanted.journal = Configuration.Journal(directory: "/j", historyDays: 1, historyEntries: 5)
        wanted.watchedFiles = ["/etc/redis/redis.conf"]
        wanted.watchedPackages = ["redis*"]
        wanted.disabledProbes = ["ports", "journal"]
        #expect(configuration == wanted)
    }

    @Test func theShippedExampleIsValid() throws {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = repository.appendingPathComponent("packaging/agent.toml").path
        // As installed it has no collector: that is for the administrator to write, and the agent says so.
        #expect(try ConfigurationFile.read(path).collector == nil)
        // What is commented out shows the default; switched on, it must be valid too.
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let active = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("#") && !line.hasPrefix("# ") ? line.dropFirst() : line
        }
        let whole = try ConfigurationFile.parse(active.joined(separator: "\n"), file: path)
        #expect(whole.collector?.key == "/etc/perch/tls/agent.key")
    }

    @Test(arguments: [
        ("interval_ms = 10\n", 1, "interval_ms is 10; it must be from 200 to 300000"),
        ("\n\ninterval_mss = 1000\n", 3, "interval_mss is not known here; did you mean interval_ms?"),
        ("host = 5\n", 1, "host is a whole number; it must be a text in quotation marks"),
        ("host = \"a b\"\n", 1, "host is \"a b\""),
        ("[redis]\nping_ms = 5\n", 2, "redis.ping_ms is 5"),
        ("[redis]\nusers = [1]\n", 2, "redis.users must hold texts"),
        ("[redis]\ndatabase_file = \"/a/b\"\n", 2, "database_file is \"/a/b\"; it must be a name"),
        ("[redis]\nusername = \"perch\"\n", 2, "redis.username needs redis.password_file"),
        ("[[redis.instances]]\nname = \"a\"\naddress = \"x\"\n", 3, "the address is \"x\""),
        ("[[redis.instances]]\nname = \"a\"\n", 1, "redis.instances[0].address is missing"),
        (
            "[[redis.instances]]\nname = \"a\"\naddress = \"h:1\"\n"
                + "[[redis.instances]]\nname = \"a\"\naddress = \"h:2\"\n",
            5, "two instances are named \"a\""
        ),
        ("state_directory = \"here\"\n", 1, "state_directory is \"here\"; it must be an absolute path"),
        ("[collector]\naddress = \"h\"\n", 1, "collector.spiffe_id is missing"),
        ("[probes]\ndisabled = [\"ram\"]\n", 2, "there is no probe \"ram\""),
        ("collector = 1\n", 1, "collector is a whole number; it must be a section"),
        ("[redis]\ndiscover = \"yes\"\n", 2, "redis.discover is a text; it must be true or false"),
        ("a = = 1\n", 1, "there is no value where one is due"),
        ("x = 1\nx = 2\n", 2, "x is written twice, first in line 1"),
        ("\n[[=a]]\n", 2, "there is no key where one is due"), ("[a\n", 1, "this section header is not closed"),
        ("[[a]\n", 1, "this section header is not closed"), ("[]\n", 1, "there is no key"),
        ("[a] b = 1\n", 1, "something is left over"), ("host = db-1\n", 1, "db-1 is neither a number nor true"),
        ("host = \"db-1\n", 1, "this text is not closed"), ("host \"db-1\"\n", 1, "there is no = behind"),
        ("\n[redis]\nusers = [\"a\" \"b\"]\n", 3, "there must be a comma"),
        ("[redis]\nusers = [\n\"a\",\n", 2, "this list is not closed"),
        ("[redis]\nusers = [\n\"a\",\n5]\n", 4, "redis.users must hold texts in quotation marks only; entry 2 is"),
        ("[redis]\n[redis]\n", 2, "redis is written twice"),
    ])
    func eachMistakeHasItsLineAndItsMend(text: String, line: Int, sentence: String) throws {
        let found = mistakes(text)
        let match = found.first { $0.sentence.hasPrefix(sentence) }
        #expect(match != nil, "\(found)")
        #expect(match?.line == line, "\(found)")
        #expect(match?.description.hasPrefix("f.toml:\(line): ") == true)
    }

    @Test func allMistakesAreToldAtOnceInTheFilesOrder() {
        let found = mistakes("interval_ms = 1\nspool = 2\n[redis]\npings = 3\n")
        #expect(found.map(\.line) == [1, 2, 4])
    }

    @Test(arguments: ["h:0", "h:65536", "h", ":1", "a:b:1", "[x]:1", "h:1x", "a/b:1", "[::1]"])
    func impossibleAddressesAreRefused(text: String) {
        #expect(ConfigurationFile.address(text) == nil)
    }

    @Test func addressesOfAllFormsAreTaken() {
        #expect(ConfigurationFile.address("localhost:1").map { "\($0)" } == "(host: \"localhost\", port: 1)")
        #expect(ConfigurationFile.address("[fe80::1]:65535").map { "\($0)" } == "(host: \"fe80::1\", port: 65535)")
    }

    @Test func aFileThatIsNotThereIsNamedWithTheReason() {
        do {
            _ = try ConfigurationFile.read("/nonexistent/agent.toml")
            Issue.record("it was read")
        } catch {
            #expect(error.mistakes.first?.description.contains("No such file or directory") == true)
        }
    }

    @Test func truncatedAndRandomTextNeverCrashes() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        let text = Array("host = \"a\"\n[redis]\nusers = [\"b\", \"c\"]\n[[redis.instances]]\nname = \"n\"\n".utf8)
        for length in text.indices { _ = mistakes(String(decoding: text[..<length], as: UTF8.self)) }
        for _ in 0..<3000 {
            var mutated = text
            for _ in 0..<3 {
                mutated[Int(random.next(upTo: UInt64(text.count - 1)))] = UInt8(random.next(upTo: 126) + 1)
            }
            _ = mistakes(String(decoding: mutated, as: UTF8.self))
        }
    }
}
