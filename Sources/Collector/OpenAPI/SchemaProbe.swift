import Shared

/// JSON Schemas of our own types, taken from what their decoders ask for: the description of the API cannot say
/// anything else than the code reads. Every enumeration of texts must be `CaseIterable`.
final class SchemaProbe {
    struct Undescribed: Error, CustomStringConvertible {
        var description: String
    }

    /// Objects by name, referred to from elsewhere.
    private(set) var components: [String: JSONValue] = [:]

    /// - Returns: a reference to an object's schema, or the schema of anything simpler.
    /// - Throws: `Undescribed`, or what a type's own decoder throws.
    func schema<Value: Decodable>(of type: Value.Type) throws -> JSONValue { try probe(type).schema }

    /// Puts right what no decoder shows.
    func amend(_ component: String, _ change: (inout JSONValue) -> Void) {
        guard var schema = components[component] else { return }
        change(&schema)
        components[component] = schema
    }

    fileprivate func probe<Value: Decodable>(_ type: Value.Type) throws -> (value: Value, schema: JSONValue) {
        if let found: (Value, JSONValue) = Self.simple(type) { return found }
        if let cases = type as? any CaseIterable.Type, let found: (Value, JSONValue) = Self.enumeration(cases) {
            return found
        }
        let decoder = Recorder(self)
        let value = try Value(from: decoder)
        guard decoder.isObject else {
            guard let schema = decoder.simple else { throw Undescribed(description: "\(type) reads nothing") }
            return (value, schema)
        }
        let name = Self.name(type)
        components[name] = [
            "type": "object", "properties": .object(decoder.properties),
            "required": .list(decoder.required.sorted().map { .text($0) }),
        ]
        return (value, ["$ref": .text("#/components/schemas/\(name)")])
    }

    private static func simple<Value>(_ type: Value.Type) -> (Value, JSONValue)? {
        if let value = "" as? Value { return (value, ["type": "string"]) }
        if let value = 0 as? Value { return (value, ["type": "integer"]) }
        if let value = false as? Value { return (value, ["type": "boolean"]) }
        if let value = RolloutSpec.Pairs.auto as? Value {
            let pair: JSONValue = [
                "type": "object", "required": ["name", "old", "new"],
                "properties": ["name": ["type": "string"], "old": ["type": "string"], "new": ["type": "string"]],
            ]
            return (value, ["oneOf": [["enum": ["auto", "none"]], ["type": "array", "items": pair]]])
        }
        return nil
    }

    private static func enumeration<Cases: CaseIterable, Value>(_ type: Cases.Type) -> (Value, JSONValue)? {
        let words = Cases.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
        guard words.count == Cases.allCases.count, let value = Cases.allCases.first as? Value else { return nil }
        return (value, ["type": "string", "enum": .list(words.map { .text($0) })])
    }

    /// Without the module's name.
    private static func name(_ type: Any.Type) -> String {
        String(reflecting: type).split(separator: ".").dropFirst().joined(separator: ".")
    }
}

/// What one type asked for while it was being decoded from nothing.
private final class Recorder: Decoder {
    let probe: SchemaProbe
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    var isObject = false
    var properties: [String: JSONValue] = [:]
    var required: [String] = []
    /// Of a type that is no object.
    var simple: JSONValue?

    init(_ probe: SchemaProbe) { self.probe = probe }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        isObject = true
        return KeyedDecodingContainer(Members<Key>(recorder: self))
    }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { Elements(recorder: self) }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(recorder: self) }

    func member<Value: Decodable>(_ type: Value.Type, _ key: String, isRequired: Bool) throws -> Value {
        let (value, schema) = try probe.probe(type)
        properties[key] = schema
        if isRequired { required.append(key) }
        return value
    }
}

private struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let recorder: Recorder
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) throws -> Bool { false }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try recorder.member(type, key.stringValue, isRequired: true)
    }
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try recorder.member(type, key.stringValue, isRequired: false)
    }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try recorder.member(type, key.stringValue, isRequired: false)
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try recorder.member(type, key.stringValue, isRequired: false)
    }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        try recorder.member(type, key.stringValue, isRequired: false)
    }

    func nestedContainer<Inner: CodingKey>(
        keyedBy type: Inner.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Inner> { throw Self.undescribed }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw Self.undescribed }
    func superDecoder() throws -> any Decoder { throw Self.undescribed }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw Self.undescribed }

    private static var undescribed: SchemaProbe.Undescribed {
        SchemaProbe.Undescribed(description: "a nested container is not described")
    }
}

/// One element stands for all.
private struct Elements: UnkeyedDecodingContainer {
    let recorder: Recorder
    var codingPath: [any CodingKey] { [] }
    var count: Int? { nil }
    var isAtEnd: Bool { currentIndex > 0 }
    private(set) var currentIndex = 0

    init(recorder: Recorder) { self.recorder = recorder }

    mutating func decodeNil() throws -> Bool { false }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let (value, schema) = try recorder.probe.probe(type)
        recorder.simple = ["type": "array", "items": schema]
        currentIndex += 1
        return value
    }
    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        throw SchemaProbe.Undescribed(description: "a nested container is not described")
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw SchemaProbe.Undescribed(description: "a nested container is not described")
    }
    mutating func superDecoder() throws -> any Decoder {
        throw SchemaProbe.Undescribed(description: "a nested container is not described")
    }
}

private struct Single: SingleValueDecodingContainer {
    let recorder: Recorder
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { false }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let (value, schema) = try recorder.probe.probe(type)
        recorder.simple = schema
        return value
    }
}
