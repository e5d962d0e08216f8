// `perchctl policy …`: reads policies by the collector's own reader, without a server; what asks one is in
// PolicyApprovalCommands.swift. Must show what a policy means with every default filled in, since that is what is
// applied.
import ArgumentParser
import Policy

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Check, explain and compare policy files; propose and approve policies.",
        discussion: "Example: perchctl policy check /etc/perch/policies/strict.yaml",
        subcommands: [
            CheckPolicy.self, ExplainPolicy.self, ComparePolicies.self, ListPolicies.self, ShowPolicy.self,
            ProposePolicy.self, ApprovePolicy.self,
        ])
}

struct CheckPolicy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say everything that is wrong in a policy file, by line.",
        discussion: "Example: perchctl policy check strict.yaml")

    @Argument(help: "The policy; - reads standard input.", completion: .file())
    var file: String

    func run() async throws {
        let document = try PolicySource.read(file)
        Console.standard.line("\(InputFile.name(file)): policy \(document.name) is valid")
    }
}

struct ExplainPolicy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Show what a policy means, with every default filled in.",
        discussion: "Example: perchctl policy explain default")

    @Argument(help: "The policy, or `default` for the built-in one.", completion: .file())
    var file: String

    func run() async throws {
        let document = try PolicySource.read(file)
        Console.standard.show(Self.table(document))
    }

    static func table(_ document: PolicyDocument) -> Table {
        var table = Table("SETTING", "VALUE", "MEANING")
        for fact in document.facts { table.add([Table.Cell(fact.path), shown(fact.value), Table.Cell(fact.meaning)]) }
        return table
    }

    static func shown(_ value: String?) -> Table.Cell {
        Table.Cell(value.map { $0.isEmpty ? "not set" : $0 } ?? "not set")
    }
}

struct ComparePolicies: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show in what two policies differ, defaults included.",
        discussion: "Example: perchctl policy diff default strict.yaml")

    @Argument(help: "A policy, or `default` for the built-in one.", completion: .file())
    var first: String
    @Argument(help: "Another.", completion: .file())
    var second: String

    func run() async throws {
        let rows = PolicyDifference.between(try PolicySource.read(first), try PolicySource.read(second))
        guard !rows.isEmpty else { return Console.standard.line("\(first) and \(second) mean the same") }
        var table = Table("SETTING", first, second)
        for row in rows {
            table.add([Table.Cell(row.path), ExplainPolicy.shown(row.before), ExplainPolicy.shown(row.after)])
        }
        Console.standard.show(table)
    }
}
