// Measurements of the host. Sources and traps stand in the probes that read them.
extension Catalogue {
    private static let micro: UInt64 = 1_000_000

    private static func cpuTime(_ number: UInt32, _ mode: String) -> Measurement {
        Measurement(number, "system.cpu.time", "cpu.mode=" + mode, unit: "s", per: micro, .counter, .host)
    }
    public static let cpuUser = cpuTime(1, "user")
    public static let cpuNice = cpuTime(2, "nice")
    public static let cpuSystem = cpuTime(3, "system")
    public static let cpuIdle = cpuTime(4, "idle")
    public static let cpuIOWait = cpuTime(5, "iowait")
    public static let cpuInterrupt = cpuTime(6, "interrupt")
    public static let cpuSteal = cpuTime(7, "steal")
    public static let cpuCount = Measurement(8, "system.cpu.logical.count", unit: "{cpu}", .gauge, .host)
    public static let uptime = Measurement(9, "system.uptime", unit: "s", per: micro, .gauge, .host)
    static let cpu = [
        cpuUser, cpuNice, cpuSystem, cpuIdle, cpuIOWait, cpuInterrupt, cpuSteal, cpuCount, uptime,
    ]

    private static func stall(_ number: UInt32, _ attribute: String) -> Measurement {
        Measurement(
            number, "perch.system.pressure.stall.time", attribute, unit: "us", .counter, .host, .lowerIsBetter)
    }
    public static let pressureCPUSome = stall(10, "resource=cpu,kind=some")
    public static let pressureMemorySome = stall(11, "resource=memory,kind=some")
    public static let pressureMemoryFull = stall(12, "resource=memory,kind=full")
    public static let pressureIOSome = stall(13, "resource=io,kind=some")
    public static let pressureIOFull = stall(14, "resource=io,kind=full")
    public static let pressureIRQFull = stall(15, "resource=irq,kind=full")
    static let pressure = [
        pressureCPUSome, pressureMemorySome, pressureMemoryFull, pressureIOSome, pressureIOFull, pressureIRQFull,
    ]

    private static func memoryUsage(_ number: UInt32, _ state: String) -> Measurement {
        Measurement(number, "system.memory.usage", "system.memory.state=" + state, unit: "By", .gauge, .host)
    }
    public static let memoryLimit = Measurement(20, "system.memory.limit", unit: "By", .gauge, .host)
    public static let memoryAvailable = Measurement(
        21, "system.memory.linux.available", unit: "By", .gauge, .host, .higherIsBetter)
    public static let memoryFree = memoryUsage(22, "free")
    public static let memoryBuffers = memoryUsage(23, "buffers")
    public static let memoryCached = memoryUsage(24, "cached")
    public static let memoryShared = memoryUsage(25, "shared")
    public static let faultsMajor = Measurement(
        26, "system.paging.faults", "type=major", unit: "{fault}", .counter, .host, .lowerIsBetter)
    public static let faultsMinor = Measurement(
        27, "system.paging.faults", "type=minor", unit: "{fault}", .counter, .host)
    public static let swapIn = Measurement(
        28, "system.paging.operations", "direction=in", unit: "{operation}", .counter, .host, .lowerIsBetter)
    public static let swapOut = Measurement(
        29, "system.paging.operations", "direction=out", unit: "{operation}", .counter, .host, .lowerIsBetter)
    public static let oomKills = Measurement(
        30, "perch.system.oom_kills", unit: "{kill}", .counter, .host, .lowerIsBetter)
    static let memory = [
        memoryLimit, memoryAvailable, memoryFree, memoryBuffers, memoryCached, memoryShared, faultsMajor, faultsMinor,
        swapIn, swapOut, oomKills,
    ]

    private static func tcpCounter(_ number: UInt32, _ name: String, _ attribute: String = "") -> Measurement {
        Measurement(
            number, "perch.system.tcp." + name, attribute, unit: name == "segments" ? "{segment}" : "{event}",
            .counter, .host, name == "segments" ? .neutral : .lowerIsBetter)
    }
    public static let tcpSegmentsIn = tcpCounter(40, "segments", "direction=receive")
    public static let tcpSegmentsOut = tcpCounter(41, "segments", "direction=transmit")
    public static let tcpRetransmits = tcpCounter(42, "retransmits")
    public static let tcpListenOverflows = tcpCounter(43, "listen_overflows")
    public static let tcpListenDrops = tcpCounter(44, "listen_drops")
    public static let tcpTimeouts = tcpCounter(45, "timeouts")
    public static let tcpSynRetransmits = tcpCounter(46, "syn_retransmits")
    public static let tcpEstablished = Measurement(
        47, "perch.system.tcp.established", unit: "{connection}", .gauge, .host)
    static let tcp = [
        tcpSegmentsIn, tcpSegmentsOut, tcpRetransmits, tcpListenOverflows, tcpListenDrops, tcpTimeouts,
        tcpSynRetransmits, tcpEstablished,
    ]

    public static let agentCPU = Measurement(60, "perch.agent.cpu.time", unit: "s", per: micro, .counter, .host)
    public static let agentRSS = Measurement(61, "perch.agent.memory.rss", unit: "By", .gauge, .host)
    static let agent = [agentCPU, agentRSS]

    private static func diskCounter(
        _ number: UInt32, _ name: String, _ direction: String, unit: String, per: UInt64 = 1, wraps: Bool = false
    ) -> Measurement {
        Measurement(
            number, "system.disk." + name, direction.isEmpty ? "" : "disk.io.direction=" + direction, unit: unit,
            per: per, .counter, .device, wraps: wraps)
    }
    public static let diskRead = diskCounter(70, "io", "read", unit: "By")
    public static let diskWrite = diskCounter(71, "io", "write", unit: "By")
    public static let diskReadOperations = diskCounter(72, "operations", "read", unit: "{operation}")
    public static let diskWriteOperations = diskCounter(73, "operations", "write", unit: "{operation}")
    public static let diskReadMerged = diskCounter(74, "merged", "read", unit: "{operation}")
    public static let diskWriteMerged = diskCounter(75, "merged", "write", unit: "{operation}")
    /// Milliseconds on the wire, as the kernel prints them.
    public static let diskReadTime = diskCounter(76, "operation_time", "read", unit: "s", per: 1000, wraps: true)
    public static let diskWriteTime = diskCounter(77, "operation_time", "write", unit: "s", per: 1000, wraps: true)
    public static let diskIOTime = diskCounter(78, "io_time", "", unit: "s", per: 1000, wraps: true)
    static let disk = [
        diskRead, diskWrite, diskReadOperations, diskWriteOperations, diskReadMerged, diskWriteMerged, diskReadTime,
        diskWriteTime, diskIOTime,
    ]

    private static func space(_ number: UInt32, _ name: String, _ state: String, unit: String) -> Measurement {
        Measurement(number, name, "state=" + state, unit: unit, .gauge, .mount)
    }
    public static let filesystemUsed = space(80, "system.filesystem.usage", "used", unit: "By")
    public static let filesystemFree = space(81, "system.filesystem.usage", "free", unit: "By")
    public static let filesystemReserved = space(82, "system.filesystem.usage", "reserved", unit: "By")
    public static let inodesUsed = space(83, "perch.system.filesystem.inodes", "used", unit: "{inode}")
    public static let inodesFree = space(84, "perch.system.filesystem.inodes", "free", unit: "{inode}")
    static let filesystem = [filesystemUsed, filesystemFree, filesystemReserved, inodesUsed, inodesFree]

    private static func interfaceCounter(_ number: UInt32, _ name: String, _ direction: String) -> Measurement {
        let isTrouble = name == "packet.dropped" || name == "errors"
        return Measurement(
            number, "system.network." + name, "network.io.direction=" + direction,
            unit: name == "io" ? "By" : name == "errors" ? "{error}" : "{packet}", .counter, .interface,
            isTrouble ? .lowerIsBetter : .neutral)
    }
    public static let networkReceived = interfaceCounter(90, "io", "receive")
    public static let networkTransmitted = interfaceCounter(91, "io", "transmit")
    public static let packetsReceived = interfaceCounter(92, "packet.count", "receive")
    public static let packetsTransmitted = interfaceCounter(93, "packet.count", "transmit")
    public static let droppedReceived = interfaceCounter(94, "packet.dropped", "receive")
    public static let droppedTransmitted = interfaceCounter(95, "packet.dropped", "transmit")
    public static let errorsReceived = interfaceCounter(96, "errors", "receive")
    public static let errorsTransmitted = interfaceCounter(97, "errors", "transmit")
    static let network = [
        networkReceived, networkTransmitted, packetsReceived, packetsTransmitted, droppedReceived,
        droppedTransmitted, errorsReceived, errorsTransmitted,
    ]
}
