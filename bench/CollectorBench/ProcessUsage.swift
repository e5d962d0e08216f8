import Foundation

/// CPU time and resident memory of a process, from /proc.
struct ProcessUsage {
    var cpuSeconds = 0.0
    var residentMegabytes = 0.0

    init(of process: Int32) {
        let stat = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        // The second field is the name in brackets, which may hold spaces.
        let fields = stat.drop { $0 != ")" }.dropFirst(2).split(separator: " ")
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
            let pages = Double(fields[21])
        else { return }
        cpuSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        residentMegabytes = pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1e6
    }
}
