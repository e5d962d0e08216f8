// The command line, by hand: six words need no library of 8 MB.

struct Arguments: Equatable {
    enum Action: Equatable {
        case run
        /// One report on standard output.
        case once
        case checkConfiguration
        /// The Redis user that the agent needs, as one line for redis-cli.
        case printRedisACL
        case printVersion
        case printHelp
    }

    struct Failure: Error, Equatable {
        var sentence: String
    }

    var action = Action.run
    var configurationPath = ConfigurationFile.defaultPath
    /// Whether the path was given; without it, `--once` works without any file.
    var hasConfigurationPath = false

    static let help = """
        perch-agent measures this host and its Redis instances and sends reports to perch-collector.

        Usage: perch-agent [--config FILE] [--once | --check-config | redis-acl]

          --config FILE    configuration (default: \(ConfigurationFile.defaultPath))
          --once           print one report as JSON and exit; needs no collector
          --check-config   read the configuration and the files that it names, say what is wrong, and exit
          redis-acl        print the ACL line of the Redis user that the agent needs, and exit
          --version        print the version and exit
          --help           print this and exit

        Exit status: 0 done, 1 the agent cannot start, 2 a file must be mended first, 3 wrong usage.

        """

    /// - Parameter words: without the program's name.
    init(_ words: [String]) throws(Failure) {
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--config":
                guard let path = rest.popFirst() else { throw Failure(sentence: "--config needs the name of a file") }
                try take(path)
            case "--once": try choose(.once, word)
            case "--check-config": try choose(.checkConfiguration, word)
            case "redis-acl": try choose(.printRedisACL, word)
            case "--version": try choose(.printVersion, word)
            case "--help", "-h": try choose(.printHelp, word)
            default:
                guard word.hasPrefix("--config=") else {
                    throw Failure(sentence: "\(word) is not known; see perch-agent --help")
                }
                try take(String(word.dropFirst("--config=".count)))
            }
        }
    }

    private mutating func take(_ path: String) throws(Failure) {
        guard !path.isEmpty, !hasConfigurationPath else {
            throw Failure(sentence: "--config takes one file, once")
        }
        configurationPath = path
        hasConfigurationPath = true
    }

    private mutating func choose(_ action: Action, _ word: String) throws(Failure) {
        guard self.action == .run || self.action == action else {
            throw Failure(sentence: "\(word) cannot be combined with another action")
        }
        self.action = action
    }
}
