// The system's own words for a failed call.
import Glibc

enum SystemError {
    /// Safe on any thread since glibc 2.32.
    static func text(_ code: Int32) -> String {
        guard let text = strerror(code) else { return "error \(code)" }
        return String(cString: text)
    }
}
