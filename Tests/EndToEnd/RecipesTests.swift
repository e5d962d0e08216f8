import Foundation
import Rehearsal
import Shared
import Testing

/// What people and tools do with a real collector, by the programs that they use: perchctl, curl and Ansible.
@Suite struct RecipesTests {
    private struct Place {
        let scene: Scene
        let collector: CollectorProcess
        let people: [String: Perchctl]
        let tool: CertificateAuthority.Credentials

        func perchctl(_ person: String, _ arguments: String...) async throws -> Scene.Output {
            try await #require(people[person]).run(arguments)
        }

        func words(_ rollout: String) -> [(String, String)] {
            [
                ("https://collector:8443", "https://localhost:\(collector.port)"), ("2026-11-redis-tls", rollout),
                ("ca.pem", tool.authority), (" c.pem", " " + tool.certificate), (" k.pem", " " + tool.key),
            ]
        }
    }

    /// A collector with an operator, an approver and a deployer, and a roll-out `r1` of hosts that do not report.
    private static func open(_ scene: Scene) async throws -> Place {
        let authority = try await CertificateAuthority.create(in: scene)
        let tool = try await authority.issue(.tool, "deploy")
        let (ops, boss) = (try await authority.issue(.person, "ops"), try await authority.issue(.person, "boss"))
        let collector = try await CollectorProcess(
            in: scene, authority: authority, policies: ["quick.yaml": Site.policy],
            grants: [
                .init(tool.identity, "deployer"), .init(ops.identity, "operator"), .init(boss.identity, "approver"),
            ],
            settings: "[tokens]\naddress = \"127.0.0.1:0\"\nport_file = \"\(scene.directory.file("token-port"))\"")
        try await collector.start()
        let people = [
            "deploy": Perchctl(scene, as: tool, at: collector), "ops": Perchctl(scene, as: ops, at: collector),
            "boss": Perchctl(scene, as: boss, at: collector),
        ]
        let place = Place(scene: scene, collector: collector, people: people, tool: tool)
        let text = """
            id: r1
            policy: quick
            artifacts: [{ name: "pkg:deb/debian/redis-server", sha256: \(String(repeating: "ab", count: 32)) }]
            old: [old-1]
            new: [new-1]
            pairs: auto

            """
        let file = try scene.directory.write(text, to: "r1.yaml")
        let created = try await place.perchctl("deploy", "rollout", "create", file)
        #expect(created.isSuccess, "\(created.standardError)")
        return place
    }

    @Test(.timeLimit(.minutes(2)))
    func ansibleWaitsAndStopsWhenTheRolloutIsRolledBack() async throws {
        let ansible = try await PythonTools.program("ansible-playbook")
        let python = try await PythonTools.program("python3")
        try await Scene.play("recipes") { scene in
            let place = try await Self.open(scene)
            let curl = try Recipe.text("curl", replacing: place.words("r1"))
            let waiting = try await scene.run("/bin/sh", ["-c", curl])
            #expect(waiting.exitCode == 22 && !waiting.standardOutput.isEmpty, "\(waiting.standardError)")

            let playbook = try Recipe.text("Ansible", replacing: place.words("r1") + [("delay: 60", "delay: 0")])
            let file = try scene.directory.write(playbook, to: "gate.yml")
            let home = try scene.directory.directory("ansible")
            let program = try scene.start(
                ansible, ["-i", "localhost,", "-c", "local", "-e", "ansible_python_interpreter=\(python)", file],
                name: "ansible",
                environment: ["HOME": home, "ANSIBLE_HOME": home, "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"])
            try await Waiting.untilTrue("Ansible asks again", seconds: 60, everyMilliseconds: 50) {
                program.lastLines().contains("RETRYING") || program.ended != nil
            }
            #expect(program.ended == nil, "\(program.lastLines())")
            let back = try await place.perchctl("deploy", "rollout", "rollback", "r1", "--reason", "p99 doubled")
            #expect(back.isSuccess)
            let end = try await program.waitForEnd(seconds: 60)
            #expect(end == .exited(2) && program.lastLines().contains("failed=1"), "\(program.lastLines())")

            let blocked = try await scene.run("/bin/sh", ["-c", curl])
            #expect(blocked.exitCode == 22 && blocked.standardOutput.contains("p99 doubled"))
            let gate = try await place.perchctl("deploy", "gate", "r1", "open")
            #expect(gate.exitCode == 1)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aTokenIsMadeUsedListedAndRevoked() async throws {
        try await Scene.play("tokens") { scene in
            let place = try await Self.open(scene)
            let made = try await place.perchctl("ops", "token", "create", "r1", "--note", "argo", "--days", "2")
            let token = made.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(made.isSuccess && token.hasPrefix("perch_"), "\(made.standardError)")
            let portFile = scene.directory.file("token-port")
            let port = try String(contentsOfFile: portFile, encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            func ask(_ address: String) async throws -> Scene.Output {
                try await scene.run(
                    "curl",
                    [
                        "--silent", "--show-error", "--fail-with-body", "--cacert", place.tool.authority, "--header",
                        "Authorization: Bearer \(token)", "https://localhost:\(address)/v1/rollouts/r1/gate/open",
                    ])
            }
            let answer = try await ask(port)
            let gate = try JSONDecoder().decode(GateAnswer.self, from: Data(answer.standardOutput.utf8))
            #expect(answer.isSuccess && gate.state == .waiting)
            // The API port asks for a certificate, whatever one knows.
            #expect(try await ask("\(place.collector.port)").isSuccess == false)
            let list = try await place.perchctl("ops", "token", "list", "r1")
            #expect(list.standardOutput.contains("argo") && list.standardOutput.contains("active"))
            let id = String(token.split(separator: "_")[1])
            #expect(try await place.perchctl("ops", "token", "revoke", "r1", id).isSuccess)
            let refused = try await ask(port)
            #expect(refused.exitCode == 22 && refused.standardOutput.contains("token-invalid"))
            // What was refused is told, who asks and why.
            let denied = try await place.perchctl("boss", "token", "create", "r1")
            #expect(denied.exitCode == 4)
            let alerts = try await place.perchctl("ops", "alert", "test")
            #expect(alerts.exitCode == 1 && alerts.standardOutput.contains("[[alert]]"))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aPolicyOfTwoPeopleSurvivesARestart() async throws {
        try await Scene.play("policies") { scene in
            let place = try await Self.open(scene)
            let file = try scene.directory.write("version: 1\nname: strict\nmin_hours_pass: 30\n", to: "strict.yaml")
            let proposed = try await place.perchctl("ops", "policy", "propose", file)
            let digest = String(proposed.standardOutput.split(separator: " ").last ?? "")
                .trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(proposed.isSuccess && digest.count == 64, "\(proposed.standardError)")
            let approved = try await place.perchctl("boss", "policy", "approve", "strict", "--digest", digest)
            #expect(approved.standardOutput.hasPrefix("policy strict is active"), "\(approved.standardError)")
            await place.collector.kill()
            try await place.collector.start()
            let shown = try await place.perchctl("boss", "policy", "show", "strict")
            #expect(shown.standardOutput == "version: 1\nname: strict\nmin_hours_pass: 30\n", "\(shown.standardError)")
        }
    }
}
