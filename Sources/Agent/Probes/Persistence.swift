// What the files say about persistence, where Redis is silent: INFO sets the save time to the server's start, and knows
// no time of the AOF at all. Only names, times and sizes are looked at, and never the data; without permission the
// values are absent. Also here, because it is asked per instance too: the pressure on the unit's control group. These
// calls may block and belong on the agent's worker thread.
import Glibc
import Terms

/// What was seen of one instance's files and unit.
struct PersistenceReading: Sendable {
    /// Microseconds since 1970.
    var rdbFileTime: Reading<UInt64>
    var rdbFileSize: Reading<UInt64>
    /// Microseconds since 1970: newest time of a file of the AOF.
    var aofFileTime: Reading<UInt64>
    /// As in /proc/diskstats.
    var dataDevice: String?
    var unit: Sample.Values

    static func absent(_ cause: AbsenceCause) -> PersistenceReading {
        PersistenceReading(
            rdbFileTime: .absent(cause), rdbFileSize: .absent(cause), aofFileTime: .absent(cause), dataDevice: nil,
            unit: UnitPressure.measurements.map { ($0, .absent(cause)) })
    }

    /// Adds the files' word to the sample. An AOF that is off has no last write; one whose directory cannot be seen
    /// has the time at which INFO's size last grew, if it grew since the agent's start.
    func merge(into sample: inout InstanceSample) {
        sample.readings += [(Catalogue.rdbFileTime, rdbFileTime), (Catalogue.rdbFileSize, rdbFileSize)] + unit
        sample.dataDevice = dataDevice
        func index(_ measurement: Measurement) -> Int? {
            sample.readings.firstIndex { $0.measurement.number == measurement.number }
        }
        guard let growth = index(Catalogue.aofLastWrite), let switched = index(Catalogue.aofEnabled),
            sample.readings[switched].reading == .value(1)
        else { return }
        switch (aofFileTime, sample.readings[growth].reading) {
        case (.value, _), (.absent, .absent): sample.readings[growth].reading = aofFileTime
        case (.absent, .value): break
        }
    }
}

/// The moment at which INFO's size of the AOF last grew, by the server's own clock.
struct AOFGrowth {
    private var runID: RedisRunID?
    private var sizeBytes: UInt64?
    private var grewAtMicroseconds: UInt64?

    mutating func note(_ info: RedisInfo) {
        defer {
            runID = info.runID
            sizeBytes = info.aofSizeBytes
        }
        guard runID == info.runID, let before = sizeBytes, let after = info.aofSizeBytes else { return }
        // A rewrite makes it smaller; that is no write of the server's clients.
        if after > before, info.serverTimeMicroseconds > 0 { grewAtMicroseconds = info.serverTimeMicroseconds }
    }

    func lastWrite(_ info: RedisInfo) -> Reading<UInt64> {
        guard info.aofSizeBytes != nil, let grewAtMicroseconds else { return .absent(.unsupported) }
        return .value(grewAtMicroseconds)
    }
}

struct PersistenceFiles {
    struct Instance: Sendable {
        var name: String
        var port: UInt16
        /// `nil`: by the configuration's patterns.
        var dataDirectory: String?
        /// Owner of the server; `nil` if not seen.
        var uid: UInt32?
        var unit: String?
    }

    /// A rewrite leaves a few files behind; thousands are no append-only directory.
    private static let appendOnlyFiles = 4096

    private let configuration: Configuration.Redis
    private let root: Root

    /// The instances of a round, as `read` wants them.
    static func instances(of samples: [InstanceSample], configuration: Configuration) -> [Instance] {
        let listed = Dictionary(
            configuration.redis.instances.map { ($0.name, $0.dataDirectory) }, uniquingKeysWith: { first, _ in first })
        return samples.map { sample in
            Instance(
                name: sample.name, port: sample.port, dataDirectory: listed[sample.name] ?? nil,
                uid: sample.uid == .max ? nil : sample.uid, unit: sample.unit)
        }
    }

    /// Blocks as long as the file systems like. By the instances' names.
    static func read(
        instances: [Instance], configuration: Configuration, root: Root
    ) -> [String: PersistenceReading] {
        let files = PersistenceFiles(configuration: configuration.redis, root: root)
        let devices = BlockDevices(root: root)
        let directories = files.directories(of: instances)
        var pressure = UnitPressure(root: root)
        var deviceOf: [String: String?] = [:]
        var readings: [String: PersistenceReading] = [:]
        for instance in instances.prefix(Limits.instances) {
            var reading = PersistenceReading.absent(.unsupported)
            if let directory = directories[instance.name] {
                files.look(at: directory, into: &reading)
                let device = deviceOf[directory] ?? devices.behind(path: directory)
                deviceOf[directory] = .some(device)
                reading.dataDevice = device
            }
            if let unit = instance.unit { reading.unit = pressure.read(unit) }
            readings[instance.name] = reading
        }
        return readings
    }

    // MARK: directories

    /// The configured one, or the first of the patterns that is there and may be this instance's own.
    private func directories(of instances: [Instance]) -> [String: String] {
        var found: [String: String] = [:]
        var users: [String: Int] = [:]
        for instance in instances {
            guard let directory = instance.dataDirectory ?? patternDirectory(of: instance) else { continue }
            found[instance.name] = directory
            users[directory, default: 0] += 1
        }
        // A pattern without filler fits everybody: what several claim is at most one's, and nobody knows whose.
        let listed = Set(instances.filter { $0.dataDirectory != nil }.map(\.name))
        return found.filter { listed.contains($0.key) || users[$0.value] == 1 }
    }

    private func patternDirectory(of instance: Instance) -> String? {
        for text in configuration.dataDirectories.prefix(64) {
            guard let path = PathPattern(text: text).filled(name: instance.name, port: instance.port) else { continue }
            var status = stat()
            guard stat(root.file(path), &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
            // Another user's directory is another server's.
            if let uid = instance.uid, status.st_uid != uid, status.st_uid != 0 { continue }
            return path
        }
        return nil
    }

    // MARK: files

    private func look(at directory: String, into reading: inout PersistenceReading) {
        var status = stat()
        if stat(root.file(directory + "/" + configuration.databaseFile), &status) == 0 {
            reading.rdbFileTime = Self.microseconds(status.st_mtim)
            reading.rdbFileSize = .value(UInt64(max(0, status.st_size)))
        } else {
            let cause = AbsenceCause(errno: errno)
            reading.rdbFileTime = .absent(cause)
            reading.rdbFileSize = .absent(cause)
        }
        reading.aofFileTime = appendOnlyTime(directory)
    }

    private func appendOnlyTime(_ directory: String) -> Reading<UInt64> {
        let place = root.file(directory + "/" + configuration.appendOnlyDirectory)
        let entries: [Directory.Entry]
        do {
            entries = try Directory.entries(place, limit: Self.appendOnlyFiles)
        } catch {
            guard error == .unsupported else { return .absent(error) }
            // One file in the data directory, before Redis 7.
            return Self.time(of: root.file(directory + "/appendonly.aof"))
        }
        var newest: UInt64?
        var cause = AbsenceCause.unsupported
        for entry in entries where !entry.isDirectory {
            switch Self.time(of: place + "/" + entry.name) {
            case .value(let time): newest = max(newest ?? 0, time)
            case .absent(let met): cause = met
            }
        }
        return newest.map { .value($0) } ?? .absent(cause)
    }

    private static func time(of path: String) -> Reading<UInt64> {
        var status = stat()
        guard stat(path, &status) == 0 else { return .absent(AbsenceCause(errno: errno)) }
        return microseconds(status.st_mtim)
    }

    private static func microseconds(_ time: timespec) -> Reading<UInt64> {
        guard time.tv_sec >= 0 else { return .absent(.parse) }
        let (seconds, overflow) = UInt64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000)
        return overflow ? .absent(.parse) : .value(seconds + UInt64(time.tv_nsec) / 1000)
    }
}
