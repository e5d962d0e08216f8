// Protocol Buffers' binary form (protobuf.dev/programming-guides/encoding), the part that report.proto uses, written by
// hand: the library would be a third of the agent. Fields at their default are left out, as proto3 has it; a test reads
// everything back with the generated code.

protocol ProtobufMessage {
    func write(to writer: inout ProtobufWriter)
}

extension ProtobufMessage {
    var encoded: [UInt8] {
        var writer = ProtobufWriter()
        write(to: &writer)
        return writer.bytes
    }
}

struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func number(_ field: UInt64, _ value: some BinaryInteger) {
        guard value != 0 else { return }
        varint(field << 3)
        varint(UInt64(truncatingIfNeeded: value))
    }

    mutating func flag(_ field: UInt64, _ value: Bool) { number(field, value ? 1 : 0) }

    mutating func text(_ field: UInt64, _ value: String) {
        if !value.isEmpty { block(field, value.utf8) }
    }

    mutating func bytes(_ field: UInt64, _ value: [UInt8]) {
        if !value.isEmpty { block(field, value) }
    }

    /// Empty ones too: their place in the list counts.
    mutating func texts(_ field: UInt64, _ values: [String]) {
        for value in values { block(field, value.utf8) }
    }

    mutating func packed(_ field: UInt64, _ values: some Collection<some BinaryInteger>) {
        guard !values.isEmpty else { return }
        nested(field) { writer in
            for value in values { writer.varint(UInt64(truncatingIfNeeded: value)) }
        }
    }

    mutating func message(_ field: UInt64, _ message: (some ProtobufMessage)?) {
        if let message { nested(field) { message.write(to: &$0) } }
    }

    mutating func messages(_ field: UInt64, _ messages: [some ProtobufMessage]) {
        for message in messages { self.message(field, message) }
    }

    private mutating func block(_ field: UInt64, _ content: some Collection<UInt8>) {
        varint(field << 3 | 2)
        varint(UInt64(content.count))
        bytes.append(contentsOf: content)
    }

    /// The length stands before the content and is known after it.
    private mutating func nested(_ field: UInt64, _ content: (inout ProtobufWriter) -> Void) {
        varint(field << 3 | 2)
        let start = bytes.count
        bytes.append(0)
        content(&self)
        let length = UInt64(bytes.count - start - 1)
        guard length > 0x7f else {
            bytes[start] = UInt8(length)
            return
        }
        var head: [UInt8] = []
        head.appendVarint(length)
        bytes.replaceSubrange(start...start, with: head)
    }

    private mutating func varint(_ value: UInt64) { bytes.appendVarint(value) }
}
