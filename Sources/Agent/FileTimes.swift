// The files behind the fleet's instances in one round: which are to be looked at, and what becomes of the samples when
// the look does not come back.
import Terms

struct FileTimes: Sendable {
    let configuration: Configuration
    let root: Root

    /// Blocking work for the worker.
    func reading(of samples: [InstanceSample]) -> @Sendable () -> [String: PersistenceReading] {
        let instances = PersistenceFiles.instances(of: samples, configuration: configuration)
        return { [self] in PersistenceFiles.read(instances: instances, configuration: configuration, root: root) }
    }

    /// - Parameter readings: `nil` when the files did not answer in time.
    func merged(_ readings: [String: PersistenceReading]?, into samples: [InstanceSample]) -> [InstanceSample] {
        samples.map { sample in
            var sample = sample
            let reading = readings?[sample.name] ?? .absent(readings == nil ? .timeout : .unsupported)
            reading.merge(into: &sample)
            return sample
        }
    }
}
