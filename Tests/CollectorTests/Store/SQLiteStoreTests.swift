import Shared
import Testing

@testable import Collector

/// What is SQLite's alone: durability settings and reopening.
@Suite struct SQLiteStoreTests {
    @Test func everyCommitIsSyncedToDisk() async throws {
        let store = try SQLiteStore(path: TestDirectory.make() + "/perch.sqlite")
        #expect(try await store.synchronousLevel() == 2)
    }

    @Test func whatWasCommittedIsThereAfterReopening() async throws {
        let path = try TestDirectory.make() + "/perch.sqlite"
        let first = try SQLiteStore(path: path)
        let row = RolloutRow(id: "r", version: 1, createdBy: "me", body: [])
        #expect(try await first.insert(row))
        try await first.checkpoint()
        try first.close()
        await #expect(throws: StoreError.self) { try await first.rollouts() }
        let second = try SQLiteStore(path: path)
        #expect(try await second.rollouts() == [row])
        #expect(try await second.synchronousLevel() == 2)
    }

    @Test func aSecondCollectorIsKeptOut() throws {
        let path = try TestDirectory.make() + "/perch.sqlite"
        let first = try SQLiteStore(path: path)
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
        #expect(error?.description.contains("another collector") == true)
        try first.close()
        try SQLiteStore(path: path).close()
    }

    @Test func aMissingDirectoryIsNamed() throws {
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: "/nonexistent/perch.sqlite") }
        #expect(error?.description.contains("/nonexistent/perch.sqlite") == true)
    }
}
