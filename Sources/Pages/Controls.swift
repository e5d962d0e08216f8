/// Which questions of auditors a verdict report answers, and where in it. `docs/controls.md` says the same at more
/// length; a test compares the two.
public struct Control: Sendable, Equatable {
    public enum Framework: String, Sendable, CaseIterable {
        case soc2 = "SOC 2"
        case pci = "PCI DSS 4"
        case sox = "SOX ITGC"
    }

    /// Sections of the report, in its order.
    public enum Place: Int, Sendable, CaseIterable {
        case what = 1
        case verdict, checks, missing, people, verify

        public var title: String {
            switch self {
            case .what: "What, where, by whom"
            case .verdict: "Verdict"
            case .checks: "Old against new"
            case .missing: "What was missing"
            case .people: "Decisions and access"
            case .verify: "Verify it yourself"
            }
        }

        var anchor: String {
            switch self {
            case .what: "what"
            case .verdict: "verdict"
            case .checks: "checks"
            case .missing: "missing"
            case .people: "people"
            case .verify: "verify"
            }
        }
    }

    public var framework: Framework
    public var number: String
    public var question: String
    public var places: [Place]

    public static let all: [Control] = [
        Control(.soc2, "CC6.2, CC6.3", "Was access to the servers asked for, approved by another, and ended?", .people),
        Control(.soc2, "CC6.6", "Were only the allowed ports open on the new servers?", .checks),
        Control(.soc2, "CC6.8", "Did only approved software get onto the new servers?", .what, .checks),
        Control(.soc2, "CC7.1, CC7.2", "Would a deviation have been noticed, and was one?", .checks, .missing),
        Control(.soc2, "CC7.3, CC7.4", "Was what was noticed assessed and answered, by whom?", .verdict, .people),
        Control(.soc2, "CC8.1", "Was the change authorised, tested and approved before it went on?", .what, .verdict),
        Control(.pci, "6.5.1", "Reason, tested effect, approval and way back of the change?", .what, .verdict, .people),
        Control(.pci, "6.5.2", "Were the requirements in place on the new systems afterwards?", .checks, .missing),
        Control(.pci, "8.2.1, 8.2.2", "Is every act tied to one person, and no shared account used?", .what, .people),
        Control(.pci, "10.2.1, 10.2.2", "Who did what, when, with which outcome?", .what, .people),
        Control(.pci, "10.3.2, 10.3.4", "Would a changed or removed record be noticed?", .verify),
        Control(.pci, "10.6", "Did the clocks of the servers agree?", .checks),
        Control(.sox, "Authorisation", "Who asked for the change, and who let it go on?", .what, .people),
        Control(.sox, "Testing", "By which criteria was it tested, fixed when, with which result?", .what, .checks),
        Control(.sox, "Segregation of duties", "Did nobody approve their own change or access?", .people),
        Control(.sox, "Exceptions", "Which failing checks were accepted, by whom, until when?", .people),
        Control(.sox, "Completeness", "Are all changes and decisions here, none taken out?", .verify),
    ]

    private init(_ framework: Framework, _ number: String, _ question: String, _ places: Place...) {
        self.framework = framework
        self.number = number
        self.question = question
        self.places = places
    }
}
