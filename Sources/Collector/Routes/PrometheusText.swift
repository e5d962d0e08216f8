import Shared

/// Writes Prometheus' text format, version 0.0.4: help and type once per name, labels escaped.
struct PrometheusText {
    private(set) var text = ""

    mutating func counter(_ name: String, _ help: String, _ value: UInt64) {
        head(name, help, "counter")
        text += "\(name) \(value)\n"
    }

    mutating func counters(_ name: String, _ help: String, _ label: String, _ values: [(String, UInt64)]) {
        head(name, help, "counter")
        for (key, value) in values { text += "\(name){\(label)=\"\(Self.escaped(key))\"} \(value)\n" }
    }

    mutating func gauge(_ name: String, _ help: String, _ value: Int) {
        head(name, help, "gauge")
        text += "\(name) \(value)\n"
    }

    mutating func gauges(_ name: String, _ help: String, _ label: String, _ values: [(String, Int)]) {
        head(name, help, "gauge")
        for (key, value) in values { text += "\(name){\(label)=\"\(Self.escaped(key))\"} \(value)\n" }
    }

    /// Samples with several labels.
    mutating func gauges(
        _ name: String, _ help: String, labelled values: [(labels: [(name: String, value: String)], value: Int)]
    ) {
        head(name, help, "gauge")
        for (labels, value) in values {
            let text = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
            self.text += "\(name){\(text)} \(value)\n"
        }
    }

    mutating func histogram(_ name: String, _ help: String, _ histogram: TimeHistogram) {
        head(name, help, "histogram")
        for (edge, count) in zip(TimeHistogram.edgesMicroseconds, histogram.counts) {
            text += "\(name)_bucket{le=\"\(Double(edge) / 1e6)\"} \(count)\n"
        }
        text += "\(name)_bucket{le=\"+Inf\"} \(histogram.count)\n"
        text += "\(name)_sum \(Double(histogram.sumMicroseconds) / 1e6)\n\(name)_count \(histogram.count)\n"
    }

    private mutating func head(_ name: String, _ help: String, _ type: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
    }
}
