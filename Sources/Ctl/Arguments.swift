// What several verbs take on their command line, parsed into types that cannot be wrong. Must refuse here whatever
// could change the meaning of an address.
import ArgumentParser
import Foundation
import Policy
import Shared

/// Whom to ask, and how to print. In every verb that talks to a collector.
struct ConnectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Address of the collector.", valueName: "url"))
    var server: String?
    @Option(help: ArgumentHelp("Own certificate with its chain, PEM.", valueName: "file"), completion: .file())
    var certificate: String?
    @Option(help: ArgumentHelp("Key of the certificate, PEM.", valueName: "file"), completion: .file())
    var key: String?
    @Option(
        help: ArgumentHelp("Authorities that the collector's certificate may come from, PEM.", valueName: "file"),
        completion: .file())
    var ca: String?
    @Option(help: ArgumentHelp("Profile in perchctl.toml that fills in what is not given.", valueName: "name"))
    var profile: String?
    @Flag(help: "Print the collector's answer as JSON.")
    var json = false

    func settings() throws(Failure) -> Settings {
        try Settings.resolve(
            flags: Settings.Partial(server: server, certificate: certificate, key: key, certificateAuthority: ca),
            profileName: profile, environment: ProcessInfo.processInfo.environment, readProfiles: ProfileFile.read)
    }
}

/// The stages that have a gate.
enum GateName: String, CaseIterable, ExpressibleByArgument {
    case open, migrating, switched, retired

    var stage: Stage {
        switch self {
        case .open: .open
        case .migrating: .migrating
        case .switched: .switched
        case .retired: .retired
        }
    }
}

/// Id of a roll-out, or name of a host: it becomes part of an address.
struct Name: ExpressibleByArgument, Equatable {
    let text: String

    init?(argument: String) {
        guard Identifier.isValid(argument) else { return nil }
        text = argument
    }
}

/// `90s`, `10m`, `36h`, `2d`.
struct WaitTime: ExpressibleByArgument, Equatable {
    let span: Span

    init?(argument: String) {
        guard let span = Span(argument) else { return nil }
        self.span = span
    }

    init(seconds: Int) { span = Span(seconds: seconds) }

    var defaultValueDescription: String { span.description }
}

/// A moment in UTC: `2026-11-20T12:05:00Z`.
struct Moment: ExpressibleByArgument, Equatable {
    let text: String

    init?(argument: String) {
        guard argument.utf8.count == 20, (try? Date(argument, strategy: .iso8601)) != nil else { return nil }
        text = argument
    }
}

/// SHA-256 in lowercase hexadecimal.
struct HexDigest: ExpressibleByArgument, Equatable {
    let text: String

    init?(argument: String) {
        guard DigestText.isValid(argument) else { return nil }
        text = argument
    }
}

/// Visible ASCII, at most as long as the collector takes.
struct IdempotencyKey: ExpressibleByArgument, Equatable {
    let text: String

    init?(argument: String) {
        guard (1...Limits.idempotencyKeyBytes).contains(argument.utf8.count),
            argument.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        text = argument
    }

    static func random() -> IdempotencyKey { IdempotencyKey(text: UUID().uuidString.lowercased()) }

    private init(text: String) { self.text = text }
}
