// The case file's text form: what is read comes back, and every kind of error names its line.
import Evidence
import Foundation
import Judge
import Testing

struct CaseFileTests {
    private let head = """
        #perch-case=1
        #mode=paired
        #start=2026-03-02T00:00:00Z
        #hours=2
        #pair=a,n1
        #pair=b,n2
        block,pair,host,ops_old,ops_new,cpu_old,cpu_new,err_old,err_new
        """

    private func parsed(_ text: String) throws -> CaseFile { try CaseFile(text: text, file: "x.csv") }

    @Test func cellsBecomeValuesAndEmptyOnesStayAbsent() throws {
        let file = try parsed(head + "\n0,a,n1,100,99.5,290,1e2,0,\r\n3,b,n2,,,,,,\n")
        #expect(file.mode == .paired)
        #expect(file.startSeconds == 1_772_409_600)
        #expect(file.hours == 2)
        #expect(file.blockSeconds == 300)
        #expect(file.metrics == [.cpu, .err])
        #expect(file.pairs == [.init(name: "a", host: "n1"), .init(name: "b", host: "n2")])
        #expect(file.pairRows.count == 2)
        #expect(file.pairRows[0].old.ops == .value(100))
        #expect(file.pairRows[0].new.ops == .value(99.5))
        #expect(file.pairRows[0].new[.cpu] == .value(100))
        #expect(file.pairRows[0].old[.err] == .value(0))
        #expect(file.pairRows[0].new[.err].value == nil)
        #expect(file.pairRows[1].old.ops.value == nil)
    }

    @Test func allCasesComeBackFromTheirText() throws {
        for expected in CaseFiles.expected {
            let file = try CaseFiles.read(expected.name)
            #expect(try parsed(file.text) == file, "\(expected.name)")
        }
    }

    @Test func aWrittenCaseKeepsShortBlocksRulesAndCauses() throws {
        var old = CopyValues(absent: .silent)
        old.ops = .value(0.1)
        old[.cpu] = .value(1.0 / 3)
        var file = CaseFile(
            mode: .paired, startSeconds: 1_772_409_600, hours: 1, blockSeconds: 2,
            pairs: [.init(name: "a", host: "h")],
            rules: [.init(block: 3, host: "h", rule: "r", state: .attention)], metrics: [.cpu],
            pairRows: [.init(block: 11, pair: "a", host: "h", old: old, new: CopyValues(absent: .reset))])
        let back = try parsed(file.text)
        #expect(back.blockSeconds == 2)
        #expect(back.rules == file.rules)
        #expect(back.pairRows[0].old[.cpu] == .value(1.0 / 3))
        #expect(back.pairRows[0].new.ops.value == nil)
        file.pairRows[0].old[.cpu] = .value(.infinity)
        #expect(try parsed(file.text).pairRows[0].old[.cpu].value == nil)
    }

    @Test(arguments: [
        ("#perch-case=2", 1, "version"), ("#mode=both", 1, "mode"), ("#start=2026-02-30T00:00:00Z", 1, "start"),
        ("#start=2026-03-02 00:00:00Z", 1, "start"), ("#start=2026-03-0xT00:00:00Z", 1, "start"),
        ("#hours=0", 1, "outside"), ("#hours=+3", 1, "whole"), ("#hours=99999", 1, "outside"),
        ("#note", 1, "key=value"),
        ("#note=1", 1, "not known"), ("#hours=1\n#hours=1", 2, "twice"), ("#pair=a", 1, "NAME,HOST"),
        ("#pair=,h", 1, "NAME,HOST"), ("#pair=a,h\n#pair=a,h", 2, "twice"), ("#invariant=1,h,r", 1, "BLOCK"),
        ("#invariant=x,h,r,PASS", 1, "whole"), ("#invariant=1,h,r,pass", 1, "state"), ("block,pair", 1, "perch-case"),
        ("#perch-case=1\nblock", 2, "mode"), ("#perch-case=1\n#mode=paired\nblock", 3, "start"),
        ("#perch-case=1\n#mode=paired\n#start=2026-03-02T00:00:00Z\nblock", 4, "hours"), ("", 1, "header"),
    ])
    func aBadBeginningNamesItsLine(_ text: String, _ line: Int, _ word: String) {
        let error = #expect(throws: CaseFileError.self) { try parsed(text) }
        #expect(error?.line == line)
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
        #expect(error?.description.hasPrefix("x.csv:\(line): ") == true)
    }

    @Test(arguments: [
        ("0,a,n1,1,1,1,1,0", "cells"), ("0,a,n1,1,1,1,1,0,0,0", "cells"), ("24,a,n1,1,1,1,1,0,0", "outside"),
        ("-1,a,n1,1,1,1,1,0,0", "outside"), ("x,a,n1,1,1,1,1,0,0", "whole"), ("0,c,n1,1,1,1,1,0,0", "not listed"),
        ("0,a,,1,1,1,1,0,0", "host"), ("0,a,n1,nan,1,1,1,0,0", "no number"), ("0,a,n1,inf,1,1,1,0,0", "no number"),
        ("0,a,n1,0x1p3,1,1,1,0,0", "no number"), ("0,a,n1,1e999,1,1,1,0,0", "no number"),
        ("0,a,n1,-1,1,1,1,0,0", "negative"), ("0,a,n1,1 ,1,1,1,0,0", "no number"), ("#hours=3", "after the header"),
        ("0,b,n2,1,1,1,1,0,0\n0,b,n2,1,1,1,1,0,0", "twice"),
    ])
    func aBadRowNamesItsLine(_ row: String, _ word: String) {
        let error = #expect(throws: CaseFileError.self) { try parsed(head + "\n" + row) }
        #expect(error?.line == 7 + row.split(separator: "\n").count)
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        ("block,pair,host,ops_old", "ops_new is missing"), ("block,pair,host,ops_old,ops_new,cpu_old", "both columns"),
        ("block,pair,host,ops_old,ops_new,x_old", "not known"), ("block,pair,host,ops_old,ops_new,cpu", "not known"),
        ("block,pair,host,ops_old,ops_new,host", "twice"), ("block,pair,host,ops_old,ops_new,y_new", "not known"),
    ])
    func aBadHeaderIsRefused(_ header: String, _ word: String) {
        let lines = head.split(separator: "\n").dropLast().joined(separator: "\n")
        let error = #expect(throws: CaseFileError.self) { try parsed(lines + "\n" + header) }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test func whatConcernsTheWholeFileIsRefusedToo() {
        func message(_ text: String) -> String {
            do throws(CaseFileError) {
                _ = try CaseFile(text: text, file: "x")
                return "accepted"
            } catch {
                return error.description
            }
        }
        #expect(message(head.replacing("T00:00", with: "T00:30")) == "x: start is not on a full hour of 3600 seconds")
        #expect(message(head.replacing("#pair=a,n1\n#pair=b,n2\n", with: "")).contains("needs #pair"))
        let unpaired = head.replacing("mode=paired", with: "mode=unpaired")
            .replacing("block,pair,host,ops_old,ops_new,cpu_old,cpu_new,err_old,err_new", with: "hour,host,group,cpu")
        #expect(message(unpaired).contains("no #pair"))
        let hosts = unpaired.replacing("#pair=a,n1\n#pair=b,n2\n", with: "")
        #expect(message(hosts + "\n-24,h,old,3") == "accepted")
        #expect(message(hosts + "\n-25,h,old,3").contains("outside"))
        #expect(message(hosts + "\n0,h,left,3").contains("group"))
        #expect(message(hosts + "\n0,h,old,3\n1,h,new,3").contains("changes its group"))
        #expect(message(hosts + "\n0,h,old,3\n0,h,old,3").contains("twice"))
        let late = head.replacing("#pair=b,n2", with: "#pair=b,n2\n#invariant=24,h,r,PASS")
        #expect(message(late).hasPrefix("x:7: block 24 lies behind the end"))
        #expect(throws: CaseFileError(file: "x", line: 0, message: "is no UTF-8 text")) {
            try CaseFile(bytes: [0xff, 0xfe], file: "x")
        }
    }

    /// Truncated and altered files end in an answer or in an error, never in a crash.
    @Test(arguments: 1...4)
    func damagedFilesAreReadOrRefused(_ seed: Int) throws {
        var generator = SeededNumbers(UInt64(seed))
        let names = ["nodata-half-missing", "rule-port-opened", "unpaired-too-few-hosts"]
        for name in names {
            // A few blocks are enough, and keep the test fast.
            let whole = Array(try CaseFiles.bytes(name).prefix(3000))
            for _ in 0..<40 {
                var bytes = whole
                for _ in 0..<Int.random(in: 0...4, using: &generator) {
                    let at = Int.random(in: 0..<bytes.count, using: &generator)
                    bytes[at] = UInt8.random(in: 0...255, using: &generator)
                }
                if Bool.random(using: &generator) {
                    bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
                }
                do throws(CaseFileError) {
                    let file = try CaseFile(bytes: bytes, file: name)
                    #expect(file.hours <= CaseFile.maxHours, "seed \(seed)")
                } catch {
                    #expect(!error.message.isEmpty, "seed \(seed)")
                }
            }
        }
    }
}
