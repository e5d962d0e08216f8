import Foundation
import Glibc
import Rehearsal
import Testing

/// The real agent on a host that lacks much: no pressure information, control groups of version 1, nothing writable, no
/// right to the journal. Made of mounts in a namespace of its own, which ends with the process.
@Suite(.enabled(if: geteuid() == 0, "only root may mount in a namespace"))
struct BareHostTests {
    @Test(.timeLimit(.minutes(1)))
    func whatAnOldHostDoesNotHaveIsAbsentWithItsCause() async throws {
        try await Scene.play("bare-host") { scene in
            let program = try #require(BuildDirectory.program("perch-agent"), "perch-agent is not built")
            let configuration = try scene.directory.write("[redis]\ndiscover = false\n", to: "agent.toml")
            let namespace = try await scene.run("unshare", ["--mount", "true"])
            guard namespace.isSuccess else {
                return print("SKIP: no mount namespaces here: \(namespace.standardError)")
            }
            // The scene's directory is not for others, and the agent runs as nobody: they are opened before.
            let script = """
                set -eu
                [ ! -d /proc/pressure ] || mount -t tmpfs -o size=4k none /proc/pressure
                mount -t tmpfs -o size=64k none /sys/fs/cgroup
                mkdir /sys/fs/cgroup/memory /sys/fs/cgroup/cpu,cpuacct /sys/fs/cgroup/systemd
                for directory in /run/log/journal /var/log/journal; do
                    [ ! -d $directory ] || mount -t tmpfs -o mode=700 none $directory
                done
                mkdir /sys/fs/cgroup/bin
                mount --bind "$(dirname "$1")" /sys/fs/cgroup/bin
                install -m 644 "$2" /sys/fs/cgroup/agent.toml
                mount -o remount,bind,ro /
                ! touch /var/lib/perch-was-here 2>/dev/null
                cd /sys/fs/cgroup
                exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all \
                    bin/perch-agent --config agent.toml --once
                """
            let output = try await scene.run(
                "unshare", ["--mount", "sh", "-c", script, "sh", program, configuration], seconds: 20)
            #expect(output.isSuccess, "\(output.end): \(output.standardError)")
            let report = try OnceReport(output.standardOutput)
            #expect(report.probeCauses["pressure"] == "unsupported")
            #expect(["unsupported", "denied"].contains(report.journalCause))
            // What is there is measured all the same.
            for probe in ["cpu", "memory", "network", "filesystem", "ports"] {
                #expect(report.probeNames.contains(probe) && report.probeCauses[probe] == nil, "\(probe)")
            }
            #expect(report.unitsCause == "unsupported", "version 1 does not tell the unit of a port")
        }
    }

    /// What must not be in the program is not even asked for by it.
    @Test func theAgentNeedsNeitherFoundationNorICU() async throws {
        try await Scene.play("needed") { scene in
            let program = try #require(BuildDirectory.program("perch-agent"), "perch-agent is not built")
            let output = try await scene.run("readelf", ["-W", "-d", program])
            #expect(output.isSuccess && output.standardOutput.contains("libsystemd"), "\(output.standardError)")
            for name in ["Foundation", "ICU", "icu", "Internationalization"] {
                #expect(!output.standardOutput.contains(name), "the agent needs \(name)")
            }
        }
    }
}
