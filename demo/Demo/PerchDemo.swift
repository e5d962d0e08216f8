import Foundation
import Rehearsal

/// perch-demo: real Redis servers, agents and a collector on one machine; a healthy roll-out whose gate opens and a
/// regressed one that FAILs. Exits 0 only if both came out so. Leaves nothing running.
@main
struct PerchDemo {
    static func main() async {
        let options: Options
        switch Options.read(Array(CommandLine.arguments.dropFirst())) {
        case .run(let read): options = read
        case .help:
            print(Options.help)
            exit(0)
        case .mistake(let sentence):
            FileHandle.standardError.write(Data("perch-demo: \(sentence)\n".utf8))
            exit(3)
        }
        let screen = Screen(transcript: options.transcript)
        let play = Task { await perform(options, screen) }
        let interruption = Interruption { play.cancel() }
        var status = await play.value
        if let signal = interruption.signal {
            screen.say("Interrupted; everything that was started has been ended.")
            status = 128 + signal
        }
        screen.finish()
        exit(status)
    }

    private static func perform(_ options: Options, _ screen: Screen) async -> Int32 {
        do {
            let isAsExpected = try await Scene.play("demo", keepingDirectory: options.isKept) { scene in
                try await Demonstration(options: options, screen: screen, scene: scene).run()
            }
            return isAsExpected ? 0 : 1
        } catch is CancellationError {
            return 1
        } catch {
            screen.say("perch-demo: \(error)")
            return 1
        }
    }
}

/// SIGINT and SIGTERM end the play in order, instead of ending us at once.
final class Interruption {
    private let sources: [any DispatchSourceSignal]
    private let received: Received

    init(_ interrupt: @escaping @Sendable () -> Void) {
        let received = Received()
        self.received = received
        sources = [SIGINT, SIGTERM].map { number in
            // Ignored, or the default would end us before the source is told.
            Glibc.signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                received.note(number)
                interrupt()
            }
            source.activate()
            return source
        }
    }

    /// The signal that came, if one did.
    var signal: Int32? { received.number }
}
