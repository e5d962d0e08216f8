// Which reports wait, where they lie, and what follows from a new report or an acknowledgement: the spool's rules
// without its files. Segments hold consecutive records; a segment is deleted as a whole, when nothing in it waits any
// more or when it is the oldest and room is needed.

struct SpoolIndex {
    struct Entry: Equatable {
        var key: ReportKey
        var segment: UInt64
        var offset: Int
        var sizeBytes: Int
    }

    private struct Segment {
        var id: UInt64
        var sizeBytes = 0
        var waiting = 0
    }

    let limitBytes: Int
    let segmentBytes: Int
    /// Oldest first.
    private(set) var entries: [Entry] = []
    private var segments: [Segment] = []
    /// Ids are never used twice, so that a file's age is in its name.
    private var lastID: UInt64 = 0
    private(set) var totalBytes = 0
    /// Reports lost for want of room.
    private(set) var dropped: UInt64 = 0

    init(limitBytes: Int, segmentBytes: Int) {
        self.limitBytes = limitBytes
        self.segmentBytes = max(1, min(segmentBytes, limitBytes / 8))
    }

    var newestSegment: UInt64? { segments.last?.id }

    /// Where the next record goes.
    struct Placement: Equatable {
        var segment: UInt64
        var offset: Int
        var isNew: Bool
        /// Segments that have to be deleted first.
        var deleted: [UInt64]
    }

    /// Makes room. The caller writes the record and then says `placed`.
    mutating func place(sizeBytes: Int) -> Placement {
        var deleted: [UInt64] = []
        while totalBytes + sizeBytes > limitBytes, let oldest = segments.first {
            dropped += UInt64(oldest.waiting)
            remove(oldest.id)
            deleted.append(oldest.id)
        }
        guard let newest = segments.last, newest.sizeBytes < segmentBytes else {
            return Placement(segment: lastID + 1, offset: 0, isNew: true, deleted: deleted)
        }
        return Placement(segment: newest.id, offset: newest.sizeBytes, isNew: false, deleted: deleted)
    }

    mutating func placed(_ key: ReportKey, segment: UInt64, offset: Int, sizeBytes: Int) {
        if segments.last?.id != segment {
            segments.append(Segment(id: segment))
            lastID = max(lastID, segment)
        }
        let last = segments.count - 1
        segments[last].sizeBytes = offset + sizeBytes
        segments[last].waiting += 1
        totalBytes += sizeBytes
        entries.append(Entry(key: key, segment: segment, offset: offset, sizeBytes: sizeBytes))
    }

    /// Forgets reports that need not wait any more.
    /// - Returns: segments in which nothing waits now.
    mutating func remove(_ keys: Set<ReportKey>) -> [UInt64] {
        guard !keys.isEmpty else { return [] }
        var touched: Set<UInt64> = []
        entries.removeAll { entry in
            guard keys.contains(entry.key) else { return false }
            touched.insert(entry.segment)
            if let index = segments.firstIndex(where: { $0.id == entry.segment }) { segments[index].waiting -= 1 }
            return true
        }
        let empty = segments.filter { touched.contains($0.id) && $0.waiting == 0 }.map(\.id)
        for id in empty { remove(id) }
        return empty
    }

    /// A report that cannot be read back, or could not be written.
    mutating func lose(_ key: ReportKey) -> [UInt64] {
        dropped += 1
        return remove([key])
    }

    mutating func countDropped() { dropped += 1 }

    private mutating func remove(_ segment: UInt64) {
        guard let index = segments.firstIndex(where: { $0.id == segment }) else { return }
        totalBytes -= segments[index].sizeBytes
        segments.remove(at: index)
        entries.removeAll { $0.segment == segment }
    }
}
