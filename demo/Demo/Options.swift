import Rehearsal

/// The command line of perch-demo.
struct Options: Sendable {
    var fault = Fault.misconf
    var isKept = false
    var transcript: String?
    /// Where verdicts, case files and logs are copied to.
    var reports = "perch-demo-reports"

    enum Read {
        case run(Options)
        case help
        case mistake(String)
    }

    static let help = """
        perch-demo [--fault misconf|appendfsync|keys] [--reports DIR] [--keep] [--transcript FILE]

          --fault       what is wrong with the regressed servers (default: misconf)
        \(Fault.allCases.map { "                  \($0.rawValue): \($0.sentence)" }.joined(separator: "\n"))
          --reports     directory for verdicts, case files and logs (default: perch-demo-reports)
          --keep        keep the temporary directory too: certificates, configuration, store, Redis data
          --transcript  write what was shown, as plain text

        Exits 0 when the healthy roll-out's gate opened and the regressed one FAILed for its cause, else 1.
        """

    static func read(_ words: [String]) -> Read {
        var options = Options()
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h": return .help
            case "--keep": options.isKept = true
            case "--fault":
                guard let fault = rest.popFirst().flatMap(Fault.init) else {
                    let names = Fault.allCases.map(\.rawValue).joined(separator: ", ")
                    return .mistake("--fault needs one of \(names)")
                }
                options.fault = fault
            case "--transcript", "--reports":
                guard let path = rest.popFirst(), !path.isEmpty else { return .mistake("\(word) needs a path") }
                if word == "--reports" { options.reports = path } else { options.transcript = path }
            default: return .mistake("`\(word)` is not known; `perch-demo --help` lists the options")
            }
        }
        return .run(options)
    }
}
