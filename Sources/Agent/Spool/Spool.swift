// Reports that the collector has not acknowledged, on disk and in order. A report is in the file before it is sent, so
// it survives the agent's death. Against loss of power it is flushed only while it has to wait: the host's disk belongs
// to Redis, and in normal times a report is acknowledged long before the next one. A torn tail is cut off and counted.
// All of it happens on the main thread, except flushing, which may take long.
import Glibc
import Terms

final class Spool {
    struct Failure: Error {
        var sentence: String
    }

    struct Waiting: Equatable {
        var key: ReportKey
        var payload: [UInt8]
    }

    static let segmentBytes = 1 << 20
    /// Reports kept in memory while the disk takes none.
    static let memoryReports = 64

    private let directory: String
    private var index: SpoolIndex
    private var open: (segment: UInt64, descriptor: Int32)?
    private var lock: Int32 = -1
    private var setAsideFolder: SetAside
    /// Newer than everything on disk; empty in normal times.
    private var memory: [Waiting] = []
    /// Segments with something that was not flushed yet.
    private var dirty: Set<UInt64> = []
    private(set) var torn: UInt64 = 0
    private(set) var setAsideCount: UInt64 = 0
    private(set) var lastRefusal = ""

    /// Takes over what an earlier run left.
    /// - Throws: when the directory cannot be used, or another agent uses it.
    init(directory: String, limitBytes: Int, segmentBytes: Int = Spool.segmentBytes) throws(Failure) {
        self.directory = directory
        index = SpoolIndex(limitBytes: limitBytes, segmentBytes: segmentBytes)
        setAsideFolder = SetAside(directory: directory + "/refused")
        let parent = String(directory[..<(directory.lastIndex(of: "/") ?? directory.startIndex)])
        for path in [parent, directory, directory + "/refused"]
        where !path.isEmpty && mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw Failure(
                sentence: "cannot create \(path): \(SystemError.text(errno)); let the agent's user write there")
        }
        lock = Glibc.open(directory + "/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw Failure(
                sentence: "cannot write in \(directory): \(SystemError.text(errno)); let the agent's user write there")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw Failure(sentence: "another perch-agent uses \(directory); give each its own state_directory")
        }
        recover()
    }

    deinit {
        if let open { close(open.descriptor) }
        if lock >= 0 { close(lock) }
    }

    var waiting: Int { index.entries.count + memory.count }
    var dropped: UInt64 { index.dropped }
    var totalBytes: Int { index.totalBytes }

    var state: Wire.SpoolState {
        var state = Wire.SpoolState()
        state.dropped = dropped
        state.setAside = setAsideCount
        state.torn = torn
        state.waiting = UInt64(waiting)
        state.lastRefusal = lastRefusal
        return state
    }

    // MARK: In

    /// - Returns: false when the disk took nothing and the report is only in memory.
    @discardableResult
    func append(_ key: ReportKey, _ payload: [UInt8]) -> Bool {
        writeBackMemory()
        if memory.isEmpty, write(key, payload) { return true }
        memory.append(Waiting(key: key, payload: payload))
        if memory.count > Self.memoryReports {
            memory.removeFirst()
            index.countDropped()
        }
        return false
    }

    private func writeBackMemory() {
        while let first = memory.first, write(first.key, first.payload) { memory.removeFirst() }
    }

    private func write(_ key: ReportKey, _ payload: [UInt8]) -> Bool {
        let bytes = SpoolRecord.encode(key, payload)
        let placement = index.place(sizeBytes: bytes.count)
        delete(placement.deleted)
        guard let descriptor = descriptor(for: placement) else { return false }
        guard Self.writeAll(bytes, descriptor, offset: placement.offset) else {
            // Half a record would hide every later one of the segment.
            if placement.isNew {
                delete([placement.segment])
            } else {
                _ = ftruncate(descriptor, off_t(placement.offset))
            }
            return false
        }
        index.placed(key, segment: placement.segment, offset: placement.offset, sizeBytes: bytes.count)
        dirty.insert(placement.segment)
        return true
    }

    private func descriptor(for placement: SpoolIndex.Placement) -> Int32? {
        if let open, open.segment == placement.segment { return open.descriptor }
        if let open { close(open.descriptor) }
        open = nil
        let flags = placement.isNew ? O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC : O_RDWR | O_CLOEXEC
        let descriptor = Glibc.open(path(placement.segment), flags, 0o600)
        guard descriptor >= 0 else { return nil }
        open = (placement.segment, descriptor)
        return descriptor
    }

    // MARK: Out

    /// The oldest reports, in order. A record that has rotted on disk is left out and counted.
    func oldest(maximumReports: Int, maximumBytes: Int) -> [Waiting] {
        var taken: [Waiting] = []
        var sizeBytes = 0
        var reader = SegmentReader(directory: directory)
        defer { reader.finish() }
        var lost: [ReportKey] = []
        for entry in index.entries {
            guard taken.count < maximumReports else { break }
            guard taken.isEmpty || sizeBytes + entry.sizeBytes <= maximumBytes else { break }
            guard let payload = reader.payload(entry) else {
                lost.append(entry.key)
                continue
            }
            sizeBytes += entry.sizeBytes
            taken.append(Waiting(key: entry.key, payload: payload))
        }
        for key in lost {
            torn += 1
            delete(index.lose(key))
        }
        if taken.count == index.entries.count {
            for waiting in memory where taken.count < maximumReports {
                guard taken.isEmpty || sizeBytes + waiting.payload.count <= maximumBytes else { break }
                sizeBytes += waiting.payload.count
                taken.append(waiting)
            }
        }
        return taken
    }

    /// The collector has them.
    func remove(_ keys: Set<ReportKey>) {
        memory.removeAll { keys.contains($0.key) }
        delete(index.remove(keys))
    }

    /// The collector will never take it: keep it for a person to look at, and go on with the next.
    func setAside(_ key: ReportKey, code: String) {
        setAsideCount += 1
        lastRefusal = code
        if let payload = payload(key) { setAsideFolder.keep(payload, key, code: code) }
        remove([key])
    }

    func refused(code: String) { lastRefusal = code }

    private func payload(_ key: ReportKey) -> [UInt8]? {
        if let waiting = memory.first(where: { $0.key == key }) { return waiting.payload }
        guard let entry = index.entries.first(where: { $0.key == key }) else { return nil }
        var reader = SegmentReader(directory: directory)
        defer { reader.finish() }
        return reader.payload(entry)
    }

    private func delete(_ segments: [UInt64]) {
        for segment in segments {
            if let open, open.segment == segment {
                close(open.descriptor)
                self.open = nil
            }
            dirty.remove(segment)
            unlink(path(segment))
        }
    }

    // MARK: Safe on disk

    /// Descriptors to flush, for whoever takes them to close; none if everything is flushed. The directory's own is
    /// among them: without it a new file may be gone after a power cut although its bytes are safe.
    func descriptorsToFlush() -> [Int32] {
        guard !dirty.isEmpty else { return [] }
        let paths = dirty.sorted().map(path) + [directory]
        dirty = []
        return paths.map { Glibc.open($0, O_RDONLY | O_CLOEXEC) }.filter { $0 >= 0 }
    }

    /// May block for as long as the disk likes.
    static func flush(_ descriptors: [Int32]) -> Bool {
        var isSafe = true
        for descriptor in descriptors {
            isSafe = fsync(descriptor) == 0 && isSafe
            close(descriptor)
        }
        return isSafe
    }

    // MARK: After a restart

    private func recover() {
        let names = (try? Directory.entries(directory, limit: 65_536))?.map(\.name) ?? []
        let segments = names.compactMap(Self.segment).sorted()
        for segment in segments {
            guard let bytes = try? ProcText.read(path(segment), limitBytes: index.limitBytes + (8 << 20)) else {
                torn += 1
                unlink(path(segment))
                continue
            }
            let (records, soundBytes) = bytes.withUnsafeBytes { SpoolRecord.scan($0) }
            if soundBytes < bytes.count {
                torn += 1
                _ = truncate(path(segment), off_t(soundBytes))
            }
            if records.isEmpty { unlink(path(segment)) }
            for record in records {
                index.placed(record.key, segment: segment, offset: record.offset, sizeBytes: record.sizeBytes)
            }
        }
        // A limit that was lowered since.
        delete(index.place(sizeBytes: 0).deleted)
        setAsideFolder.recover()
    }

    private func path(_ segment: UInt64) -> String { SegmentReader.path(directory, segment) }

    private static func segment(_ name: String) -> UInt64? {
        guard name.hasSuffix(".segment"), name.utf8.count == 24 else { return nil }
        return UInt64(name.dropLast(".segment".count), radix: 16)
    }

    static func writeAll(_ bytes: [UInt8], _ descriptor: Int32, offset: Int) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = pwrite(
                    descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written,
                    off_t(offset + written))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
    }
}

/// Reads records of one segment after the other.
private struct SegmentReader {
    let directory: String
    private var open: (segment: UInt64, descriptor: Int32)?

    init(directory: String) { self.directory = directory }

    static func path(_ directory: String, _ segment: UInt64) -> String {
        let digits = String(segment, radix: 16)
        return directory + "/" + String(repeating: "0", count: max(0, 16 - digits.utf8.count)) + digits + ".segment"
    }

    mutating func payload(_ entry: SpoolIndex.Entry) -> [UInt8]? {
        if open?.segment != entry.segment {
            finish()
            let descriptor = Glibc.open(Self.path(directory, entry.segment), O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            open = (entry.segment, descriptor)
        }
        guard let open else { return nil }
        var bytes = [UInt8](repeating: 0, count: entry.sizeBytes)
        let count = bytes.withUnsafeMutableBytes {
            pread(open.descriptor, $0.baseAddress, $0.count, off_t(entry.offset))
        }
        guard count == entry.sizeBytes else { return nil }
        let isWhole = bytes.withUnsafeBytes { raw in
            SpoolRecord.header(raw).map { $0.key == entry.key && SpoolRecord.isWhole(raw, $0) } ?? false
        }
        guard isWhole else { return nil }
        bytes.removeFirst(SpoolRecord.headerBytes)
        return bytes
    }

    mutating func finish() {
        if let open { close(open.descriptor) }
        open = nil
    }
}
