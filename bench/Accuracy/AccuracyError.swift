// Why the page could not be made.

struct AccuracyError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
