// The set of listening sockets with owner and unit, once a minute: short-lived ports between two samples are missed,
// so the collector judges the union over a window.
import Terms

final class PortsProbe: Probe {
    let name = "ports"
    let periodSeconds: UInt64
    private let root: Root

    init(root: Root, configuration: Configuration) {
        self.root = root
        // A demonstration's short intervals; there every report has the set.
        periodSeconds = configuration.intervalMilliseconds < 1000 ? 0 : 60
    }

    func sample(_: Moment) -> Sample {
        var sample = Sample()
        let ports = SocketDiagnosis.listening(root: root)
        sample.ports = ports
        sample.cause = ports.cause
        return sample
    }
}
