// How a chart looks, on light and on dark pages. Whatever a colour says, a dash, a hatching or a word says as well.

enum ChartStyle {
    static let light = """
        text { font-family: system-ui, "DejaVu Sans", "Helvetica Neue", Arial, sans-serif; font-size: 13px; }
        .text, .title { fill: #1c1c1c; }
        .title { font-size: 17px; font-weight: 600; }
        .small { font-size: 12px; fill: #4a4a4a; }
        .haloed { fill: #1c1c1c; font-size: 12px; stroke: #ffffff; stroke-width: 4px; paint-order: stroke; }
        .page { fill: #ffffff; }
        .grid { stroke: #dddddd; stroke-width: 1; }
        .axis { stroke: #555555; stroke-width: 1; fill: none; }
        .band { fill: #7f9fbf; fill-opacity: 0.3; }
        .mean, .upper, .lower, .margin, .event, .mark { fill: none; stroke-width: 2; }
        .mean, .upper, .lower { stroke: #0f4775; stroke-linejoin: round; }
        .mean { stroke-width: 2.8; }
        .upper { stroke-dasharray: 9 4; }
        .lower { stroke-dasharray: 2 3; }
        .dot { fill: #0f4775; }
        .margin { stroke: #9c1f1f; stroke-dasharray: 14 4 3 4; }
        .event { stroke: #555555; stroke-width: 1; stroke-dasharray: 4 3; }
        .mark { stroke: #1c1c1c; }
        .solid { fill: #1c1c1c; }
        .hatch { stroke: #555555; stroke-width: 1.4; }
        .speck { fill: #555555; }
        .strip { fill: none; stroke: #555555; }
        """

    static let dark = """
        .text, .title, .haloed { fill: #ececec; }
        .small { fill: #b9b9b9; }
        .haloed { stroke: #15181c; }
        .page { fill: #15181c; }
        .grid { stroke: #30353b; }
        .axis, .event, .strip, .hatch { stroke: #a0a0a0; }
        .band { fill: #6d93ba; fill-opacity: 0.35; }
        .mean, .upper, .lower { stroke: #9ccaf5; }
        .dot { fill: #9ccaf5; }
        .margin { stroke: #ff9d8f; }
        .mark { stroke: #ececec; }
        .solid { fill: #ececec; }
        .speck { fill: #a0a0a0; }
        """

    static let element = """
        <style>
        \(light)
        @media (prefers-color-scheme: dark) {
        \(dark)
        }
        </style>
        """

    /// Hatchings of the verdicts, and the edge at which lines are cut.
    static func definitions(frame: ChartFrame) -> String {
        let width = Canvas.number(ChartFrame.right - ChartFrame.left)
        let height = Canvas.number(ChartFrame.bottom - frame.top)
        return """
            <defs>
            <pattern id="fail" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <path class="hatch" d="M0 0 L0 7"/>
            </pattern>
            <pattern id="pass" width="6" height="6" patternUnits="userSpaceOnUse">
            <circle class="speck" cx="3" cy="3" r="0.9"/>
            </pattern>
            <clipPath id="frame">
            <rect x="\(Canvas.number(ChartFrame.left))" y="\(Canvas.number(frame.top))" width="\(width)" \
            height="\(height)"/>
            </clipPath>
            </defs>
            """
    }
}
