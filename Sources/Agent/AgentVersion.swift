// The release that reports, requests and `--version` name.

enum AgentVersion {
    static let text = "1.0.0"
}
