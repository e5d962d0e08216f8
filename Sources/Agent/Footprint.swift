// What the agent takes of the host's memory between two reports. Making one takes some megabytes for a moment, most of
// them of many small things, and glibc would hold on to all of it until the next.
import CLinux
import Glibc

enum Footprint {
    /// Before any other thread runs.
    static func prepare() {
        // One heap for all three threads, because what one of them frees another can use.
        _ = mallopt(M_ARENA_MAX, 1)
        // What is large lives for a moment only; by itself it is given back at once and leaves no holes.
        _ = mallopt(M_MMAP_THRESHOLD, 32 << 10)
    }

    /// Gives free pages back to the host.
    static func trim() { _ = malloc_trim(0) }

    /// Lets go of the program's own code, most of which only a start or a new connection runs: the host may take those
    /// pages first when it is short, and what is run again is mapped again from its file. Nothing else is touched:
    /// pages that relocation has written to would be lost.
    static func unmapCode() {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &path, path.count - 1)
        guard length > 0, let maps = try? ProcText.read("/proc/self/maps") else { return }
        let program = path[..<length].map { UInt8(bitPattern: $0) }
        for line in ProcText.lines(maps) {
            // begin-end r-xp offset device inode path
            let words = ProcText.words(line, limit: 6)
            guard words.count == 6, words[1].reads("r-xp"), words[5].elementsEqual(program) else { continue }
            let ends = words[0].split(separator: UInt8(ascii: "-"))
            guard ends.count == 2, let begin = ProcText.hexadecimal(ends[0]), let end = ProcText.hexadecimal(ends[1]),
                end > begin
            else { continue }
            _ = madvise(UnsafeMutableRawPointer(bitPattern: UInt(begin)), Int(end - begin), MADV_DONTNEED)
        }
    }
}
