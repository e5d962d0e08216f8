import Testing

@testable import Collector

/// An implementation under test. Each one passes the whole suite; a further one is a further case here.
enum StoreFactory: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite

    var testDescription: String { rawValue }

    func make() throws -> any Store {
        switch self {
        case .sqlite: try TestStore.make()
        }
    }
}
