import Foundation
import Shared
import Testing

@testable import Agent

struct NetlinkDumpTests {
    private let table = SocketDiagnosis.Table(transport: .tcp, isV6: true)

    private func raw(_ values: any FixedWidthInteger...) -> [UInt8] {
        values.flatMap { value in
            func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
            return bytes(value)
        }
    }

    private func message(_ type: UInt16, flags: UInt16 = 2, sequence: UInt32 = 7, _ body: [UInt8]) -> [UInt8] {
        let padding = [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
        return raw(UInt32(16 + body.count), type, flags, sequence, UInt32(0)) + body + padding
    }

    private func socket(
        state: UInt8 = 10, family: Int32 = AF_INET6, port: UInt16 = 6379, uid: UInt32 = 107, group: UInt64? = 4242,
        v6Only: UInt8? = 1
    ) -> [UInt8] {
        var body: [UInt8] = [UInt8(family), state, 0, 0]
        body += raw(port.bigEndian, UInt16(0))
        body += [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
        body += [UInt8](repeating: 0, count: 16 + 4 + 8 + 12)
        body += raw(uid, UInt32(99))
        if let v6Only { body += raw(UInt16(5), UInt16(11)) + [v6Only, 0, 0, 0] }
        if let group { body += raw(UInt16(12), UInt16(21), group) }
        return message(20, body)
    }

    private func take(_ bytes: [UInt8]) throws(AbsenceCause) -> (isOver: Bool, answer: NetlinkAnswer) {
        var answer = NetlinkAnswer(table: table, sequence: 7)
        let isOver = try answer.take(bytes[...])
        return (isOver, answer)
    }

    @Test func aListenerComesWithOwnerGroupAndV6Only() throws {
        let (isOver, answer) = try take(socket() + socket(port: 80, uid: 0, group: nil, v6Only: nil))
        #expect(!isOver)
        #expect(answer.sockets.count == 2)
        let first = try #require(answer.sockets.first)
        #expect(first.address == [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        #expect(first.port == 6379)
        #expect(first.uid == 107)
        #expect(first.controlGroup == 4242)
        #expect(first.isV6Only)
        #expect(answer.sockets[1].controlGroup == nil)
        #expect(!answer.sockets[1].isV6Only)
    }

    @Test func otherStatesFamiliesSequencesAndPortZeroArePassedOver() throws {
        var foreign = socket()
        foreign[8] = 8
        let (_, answer) = try take(
            socket(state: 1) + socket(family: AF_INET) + socket(port: 0) + foreign + message(1, []) + message(99, [1]))
        #expect(answer.sockets.isEmpty)
    }

    @Test func theEndAndErrorsAreTold() throws {
        #expect(try take(message(3, raw(Int32(0)))).isOver)
        #expect(try take(message(3, [])).isOver)
        #expect(throws: AbsenceCause.unsupported) { try take(message(2, raw(-ENOENT))) }
        #expect(throws: AbsenceCause.denied) { try take(message(2, raw(-EPERM))) }
        #expect(throws: AbsenceCause.denied) { try take(message(3, raw(-EPERM))) }
        #expect(throws: AbsenceCause.denied) { try take(message(2, raw(Int32.min))) }
        #expect(try !take(message(2, raw(Int32(0)))).isOver)
        #expect(try take(message(3, flags: 0x12, raw(Int32(0)))).answer.isInterrupted)
    }

    @Test func everyTruncationIsAnErrorOrLessNeverMore() throws {
        let whole = socket() + socket(port: 80)
        let full = try take(whole).answer.sockets
        for end in 0..<whole.count {
            guard let part = try? take(Array(whole.prefix(end))).answer.sockets else { continue }
            #expect(part == Array(full.prefix(part.count)))
            #expect(end % (whole.count / 2) == 0)
        }
    }

    @Test func lengthsThatLieAreErrors() {
        for length in [0, 4, 15, 10_000, 0xffff_ffff] as [UInt32] {
            var bytes = socket()
            bytes.replaceSubrange(0..<4, with: raw(length))
            #expect(throws: AbsenceCause.parse) { try take(bytes) }
        }
        for length in [0, 3, 500] as [UInt16] {
            var bytes = socket()
            bytes.replaceSubrange(88..<90, with: raw(length))
            #expect(throws: AbsenceCause.parse) { try take(bytes) }
        }
    }

    @Test func damageNeverStopsTheReader() {
        var random = HostRandom.seeded("netlink damageNeverStopsTheReader")
        let whole = (socket() + socket(port: 80) + message(3, raw(Int32(0))))[...]
        for _ in 0..<2000 {
            _ = try? take(Array(random.damaged(whole)))
            _ = try? take(random.bytes(120))
        }
    }

    @Test func aRequestHasTheSizeThatItSays() {
        let request = NetlinkAnswer.request(table, sequence: 7)
        #expect(request.count == 72)
        #expect(Array(request[0..<4]) == raw(UInt32(72)))
        #expect(Array(request[16...17]) == [UInt8(AF_INET6), 6])
        #expect(Array(request[20..<24]) == raw(UInt32(1 << 10)))
    }
}
