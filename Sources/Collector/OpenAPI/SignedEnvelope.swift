/// A DSSE envelope as JSON, for the description alone: what is served are the stored bytes.
struct SignedEnvelope: Decodable, Sendable {
    struct Signature: Decodable, Sendable {
        var keyid: String
        var sig: String
    }

    var payload: String
    var payloadType: String
    var signatures: [Signature]
}
