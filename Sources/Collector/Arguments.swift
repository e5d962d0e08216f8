/// The command line of `perch-collector`.
enum Arguments: Equatable {
    case run(configuration: String)
    case checkConfiguration(String)
    case createLedger(String)
    case version
    case help

    struct Usage: Error, Equatable {
        var sentence: String
    }

    static let helpText = """
        usage: perch-collector [--config FILE] [--check-config | --create-ledger]

        Receives the reports of perch-agent, compares mirrored Redis instances on their old and new servers,
        and opens or closes the gates of roll-outs.

          --config FILE    configuration (default \(ConfigurationFile.defaultPath))
          --check-config   read the configuration and every file that it names, say what is wrong, and end
          --create-ledger  begin the log of signed verdicts that [ledger] describes, print the public keys, and end;
                           once in a collector's life
          --version        print the version and end
          --help           print this text and end

        SIGHUP reads certificates, permissions, policies and secrets again; SIGTERM ends after the requests in progress.

        """

    /// - Parameter words: without the program's name.
    static func parse(_ words: [String]) throws(Usage) -> Arguments {
        var path: String?
        var isCheck = false
        var isCreation = false
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h": return .help
            case "--version": return .version
            case "--check-config": isCheck = true
            case "--create-ledger": isCreation = true
            case "--config":
                guard let value = rest.popFirst() else { throw Usage(sentence: "--config needs a file") }
                path = value
            default:
                guard word.hasPrefix("--config=") else { throw Usage(sentence: "\(word) is not known; see --help") }
                path = String(word.dropFirst("--config=".count))
            }
        }
        let configuration = path ?? ConfigurationFile.defaultPath
        guard !isCheck || !isCreation else {
            throw Usage(sentence: "--check-config and --create-ledger exclude another")
        }
        if isCreation { return .createLedger(configuration) }
        return isCheck ? .checkConfiguration(configuration) : .run(configuration: configuration)
    }
}
