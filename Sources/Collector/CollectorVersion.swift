/// As `--version` prints it.
enum CollectorVersion {
    static let text = "1.0.0"
}
