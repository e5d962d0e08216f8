// Answers that go to a file: written beside it first, then renamed. A half-written file must never look like a whole
// one.
import Foundation

extension Client {
    /// - Parameter mode: of the file; without it, what the user's mask leaves.
    /// - Returns: how many bytes the file has.
    /// - Throws: `Failure` naming the file; `ClientError`.
    func download(_ request: Request, to path: String, mode: Int? = nil) async throws -> Int {
        let part = path + ".part"
        let attributes = mode.map { [FileAttributeKey.posixPermissions: $0] }
        guard FileManager.default.createFile(atPath: part, contents: nil, attributes: attributes),
            let handle = FileHandle(forWritingAtPath: part)
        else {
            throw Failure.usage("\(part) cannot be written", mend: "check that its directory exists and may be written")
        }
        do {
            let count = try await stream(request) { (bytes) throws(Failure) in
                do {
                    try handle.write(contentsOf: Data(bytes))
                } catch {
                    throw Failure.usage("\(part) could not be written", mend: "check the space on its disk")
                }
            }
            try handle.close()
            guard rename(part, path) == 0 else {
                throw Failure.usage("\(part) could not be renamed to \(path)", mend: "check the directory")
            }
            return count
        } catch {
            try? FileManager.default.removeItem(atPath: part)
            throw error
        }
    }
}
