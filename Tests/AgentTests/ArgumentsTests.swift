// The command line: what is taken, and what is refused in words.
import Testing

@testable import Agent

@Suite struct ArgumentsTests {
    @Test func withoutWordsTheAgentRunsWithTheDefaultFile() throws {
        let arguments = try Arguments([])
        #expect(arguments.action == .run)
        #expect(arguments.configurationPath == "/etc/perch/agent.toml")
        #expect(!arguments.hasConfigurationPath)
    }

    @Test(arguments: [
        (["--once"], Arguments.Action.once), (["--check-config"], .checkConfiguration), (["--version"], .printVersion),
        (["redis-acl"], .printRedisACL), (["--help"], .printHelp), (["-h"], .printHelp),
    ])
    func eachActionHasItsWord(words: [String], action: Arguments.Action) throws {
        #expect(try Arguments(words).action == action)
    }

    @Test func theFileMayBeGivenInBothForms() throws {
        #expect(try Arguments(["--config", "/a"]).configurationPath == "/a")
        #expect(try Arguments(["--config=/b", "--once"]).configurationPath == "/b")
    }

    @Test(arguments: [
        ["--config"], ["--config="], ["--once", "--version"], ["now"], ["--config", "/a", "--config", "/b"], ["--Once"],
        ["redis-acl", "--once"],
    ])
    func whatIsNotUnderstoodIsRefused(words: [String]) {
        #expect(throws: Arguments.Failure.self) { try Arguments(words) }
    }
}
