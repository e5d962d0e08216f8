// Field numbers of report.proto, message by message, in their order.
import Terms

extension Wire.Report: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.number(1, version)
        writer.text(2, host)
        writer.bytes(3, runID)
        writer.number(4, sequence)
        writer.bytes(5, bootID)
        writer.number(6, timeUs)
        writer.number(7, boottimeUs)
        writer.number(8, intervalUs)
        writer.text(9, agentVersion)
        writer.bytes(10, machineIDDigest)
        writer.texts(11, names)
        writer.message(12, hostReadings.isEmpty ? nil : hostReadings)
        writer.messages(13, labelled)
        writer.messages(14, instances)
        writer.messages(15, probes)
        writer.message(16, ports)
        writer.message(17, journal)
        writer.messages(18, logins)
        writer.message(19, packages)
        writer.messages(20, digests)
        writer.messages(21, facts)
        writer.message(22, spool)
    }
}

extension Wire.Group: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.number(1, label)
        writer.packed(2, metric)
        writer.packed(3, value)
        writer.packed(4, absentMetric)
        writer.packed(5, absentCause.map(\.code))
    }
}

extension Wire.Histogram: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.packed(1, step)
        writer.packed(2, count)
    }
}

extension Wire.Instance: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.number(1, name)
        writer.number(2, port)
        writer.number(3, transport?.code ?? 0)
        writer.bytes(4, redisRunID)
        writer.number(5, serverTimeUs)
        writer.number(6, uid)
        writer.number(7, unit)
        writer.flag(8, loading)
        writer.number(9, versionName)
        writer.number(10, buildName)
        writer.message(11, readings.isEmpty ? nil : readings)
        writer.cause(12, cause)
        writer.message(13, ping)
        writer.cause(14, pingCause)
        writer.message(15, commands.isEmpty ? nil : Wire.CommandColumns(commands))
        writer.cause(16, commandsCause)
        writer.number(17, dataDevice)
        writer.messages(18, errors)
        writer.cause(19, errorsCause)
    }
}

extension Wire.CommandColumns: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.packed(1, name)
        writer.packed(2, calls)
        writer.packed(3, usec)
        writer.packed(4, rejected)
        writer.packed(5, failed)
        writer.message(6, durations)
        writer.packed(7, reset)
    }
}

extension Wire.ErrorCount: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.number(1, code)
        writer.number(2, count)
    }
}

extension Wire.ProbeRun: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.number(1, name)
        writer.number(2, durationUs)
        writer.cause(3, cause)
        writer.number(4, truncated)
    }
}

extension Wire.Port: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.number(1, `protocol`?.code ?? 0)
        writer.bytes(2, address)
        writer.number(3, port)
        writer.number(4, uid)
        writer.number(5, unit)
        writer.flag(6, v6Only)
    }
}

extension Wire.Ports: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.messages(1, listening)
        writer.cause(2, cause)
        writer.cause(3, unitCause)
    }
}

extension Wire.Journal: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.cause(1, cause)
        writer.number(2, gaps)
        writer.number(3, suppressed)
        writer.number(4, skipped)
        writer.messages(5, counts)
        writer.messages(6, fingerprints)
        writer.messages(7, oomKills)
    }
}

extension Wire.JournalCount: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.number(1, unit)
        writer.number(2, priority)
        writer.number(3, entries)
        writer.number(4, errorLines)
    }
}

extension Wire.Fingerprint: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.number(1, id)
        writer.number(2, unit)
        writer.number(3, count)
        writer.text(4, sample)
        writer.flag(5, history)
    }
}

extension Wire.OOMKill: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.number(1, timeUs)
        writer.number(2, unit)
        writer.text(3, process)
    }
}

extension Wire.Login: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.number(1, kind?.code ?? 0)
        writer.number(2, timeUs)
        writer.text(3, user)
        writer.text(4, source)
        writer.text(5, method)
        writer.text(6, keyFingerprint)
        writer.text(7, session)
    }
}

extension Wire.Packages: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.messages(1, installed)
        writer.cause(2, cause)
    }
}

extension Wire.Package: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.text(1, name)
        writer.text(2, version)
        writer.text(3, architecture)
        writer.bytes(4, md5SumsDigest)
    }
}

extension Wire.Digest: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.text(1, path)
        writer.bytes(2, sha256)
        writer.cause(3, cause)
    }
}

extension Wire.Fact: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.number(1, key)
        writer.number(2, value)
    }
}

extension Wire.SpoolState: ProtobufMessage {
    func write(to writer: inout ProtobufWriter) {
        writer.number(1, dropped)
        writer.number(2, setAside)
        writer.number(3, torn)
        writer.number(4, waiting)
        writer.text(5, lastRefusal)
    }
}

// MARK: Numbers of the enumerations

extension ProtobufWriter {
    fileprivate mutating func cause(_ field: UInt64, _ cause: AbsenceCause?) { number(field, cause?.code ?? 0) }
}

extension AbsenceCause {
    fileprivate var code: UInt64 {
        switch self {
        case .denied: 1
        case .timeout: 2
        case .unsupported: 3
        case .parse: 4
        }
    }
}

extension InstanceSample.Transport {
    fileprivate var code: UInt64 {
        switch self {
        case .tcp: 1
        case .unix: 2
        }
    }
}

extension ListeningPort.Transport {
    fileprivate var code: UInt64 {
        switch self {
        case .tcp: 1
        case .udp: 2
        }
    }
}

extension LoginSample.Kind {
    fileprivate var code: UInt64 {
        switch self {
        case .accepted: 1
        case .sessionStart: 2
        case .sessionEnd: 3
        case .elevation: 4
        }
    }
}
