/// The one style sheet, inside every page, so that a saved report looks as it did and the content security policy can
/// name it by its digest. No attribute `style` anywhere: the policy would drop it.
public enum Style {
    public static let sheet: HTML = """
        :root{color-scheme:light dark;--bg:#f6f7f8;--panel:#fff;--ink:#1a1f24;--muted:#545d66;--line:#d5dade;\
        --soft:#edeff1;--accent:#0a58a8;--good:#14622f;--good-bg:#e2f2e6;--bad:#a1121a;--bad-bg:#fbe5e5;\
        --wait:#734a00;--wait-bg:#faefd6;--old:#5a6370;--new:#0a58a8;--band:#b9d3ee;--zone:#f1dcdc;--gap:#e3e6e9}
        @media (prefers-color-scheme:dark){:root{--bg:#111417;--panel:#191d21;--ink:#e5e8ea;--muted:#a2abb4;\
        --line:#353c43;--soft:#23282d;--accent:#82bcf8;--good:#78d494;--good-bg:#16311f;--bad:#ff9f99;\
        --bad-bg:#3c181a;--wait:#ecc273;--wait-bg:#352910;--old:#aab2ba;--new:#82bcf8;--band:#24486d;--zone:#3a2023;\
        --gap:#2b3137}}
        *{box-sizing:border-box}
        html{font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans","DejaVu Sans",sans-serif;\
        -webkit-text-size-adjust:100%}
        body{margin:0;background:var(--bg);color:var(--ink);font-variant-numeric:tabular-nums}
        a{color:var(--accent);text-underline-offset:2px}
        :focus-visible{outline:3px solid var(--accent);outline-offset:2px}
        main:focus{outline:none}
        .skip{position:absolute;left:-999px;top:0;background:var(--panel);padding:8px 12px;z-index:1}
        .skip:focus{left:8px;top:8px}
        .bar{display:flex;gap:4px 20px;flex-wrap:wrap;align-items:center;padding:8px 20px;background:var(--panel);\
        border-bottom:1px solid var(--line)}
        .bar nav ul{display:flex;gap:2px;list-style:none;margin:0;padding:0}
        .bar nav a{display:block;padding:4px 10px;border-radius:5px;text-decoration:none;color:var(--ink)}
        .bar nav a:hover{background:var(--soft)}
        .bar nav a[aria-current]{background:var(--soft);font-weight:600}
        .brand{font-weight:700;letter-spacing:.02em;display:flex;gap:7px;align-items:center}
        .brand svg{width:20px;height:20px;stroke:var(--accent);fill:none;stroke-width:2;stroke-linecap:round}
        .who{margin:0 0 0 auto;color:var(--muted);font-size:12.5px}
        main{max-width:1180px;margin:0 auto;padding:18px 20px 30px}
        footer{max-width:1180px;margin:0 auto;padding:0 20px 24px;color:var(--muted);font-size:12.5px}
        .crumbs{margin:0 0 2px;color:var(--muted);font-size:12.5px}
        h1{font-size:22px;line-height:1.25;margin:0 0 12px;overflow-wrap:anywhere}
        h2{font-size:15.5px;margin:26px 0 8px}
        h3{font-size:13.5px;margin:14px 0 4px}
        p{margin:0 0 8px;max-width:86ch}
        code,.id{font:12.5px/1.4 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace;\
        overflow-wrap:anywhere}
        pre{margin:6px 0;padding:8px 10px;background:var(--soft);border-radius:5px;overflow-x:auto;white-space:pre-wrap}
        .muted{color:var(--muted)}
        .small{font-size:12.5px}
        .num{text-align:right;white-space:nowrap}
        .nowrap{white-space:nowrap}
        .panel{background:var(--panel);border:1px solid var(--line);border-radius:7px;padding:12px 14px;margin:0 0 14px}
        .panel>:last-child{margin-bottom:0}.panel>h3:first-child{margin-top:0}
        .scroll{overflow-x:auto;background:var(--panel);border:1px solid var(--line);border-radius:7px;margin:0 0 14px}
        table{border-collapse:collapse;width:100%}
        th,td{text-align:left;vertical-align:top;padding:6px 12px;border-top:1px solid var(--line)}
        thead th{border-top:0;font-size:12px;font-weight:600;color:var(--muted);white-space:nowrap;\
        vertical-align:bottom}
        tbody th{font-weight:600}
        caption{text-align:left;padding:8px 12px;color:var(--muted);font-size:12.5px}
        td.draw{padding-top:3px;padding-bottom:3px;min-width:220px;width:34%}
        .icon{width:14px;height:14px;vertical-align:-2px;margin-right:5px;flex:none}
        .icon.good{fill:var(--good)}.icon.bad{fill:var(--bad)}.icon.wait{fill:var(--wait)}.icon.quiet{fill:var(--muted)}
        .icon .cut{fill:none;stroke:var(--panel);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
        .badge{font-weight:600;font-size:12.5px;white-space:nowrap}
        .badge.good{color:var(--good)}.badge.bad{color:var(--bad)}.badge.wait{color:var(--wait)}
        .badge.quiet{color:var(--muted);font-weight:400}
        .banner{border-left:6px solid;border-radius:7px;padding:12px 16px;margin:0 0 14px}
        .banner.good{background:var(--good-bg);border-color:var(--good)}
        .banner.bad{background:var(--bad-bg);border-color:var(--bad)}
        .banner.wait{background:var(--wait-bg);border-color:var(--wait)}
        .banner.quiet{background:var(--soft);border-color:var(--muted)}
        .banner .badge{font-size:20px;letter-spacing:.02em}
        .banner .icon{width:20px;height:20px;vertical-align:-3px;margin-right:8px}
        .banner p{margin:4px 0 0;font-size:15px}
        .banner .do{font-size:14px}
        .banner ul{margin:6px 0 0}
        ul.plain{list-style:none;margin:0;padding:0}
        ul.tight,ol.tight{margin:0 0 8px;padding-left:20px}
        dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:3px 16px;margin:0 0 8px}
        dl.facts dt{color:var(--muted)}
        dl.facts dd{margin:0;overflow-wrap:anywhere;min-width:0}dl.facts dd>a{display:inline-block;padding:2px 0}
        .columns{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:14px;align-items:start}
        .alerts{list-style:none;margin:0 0 14px;padding:0;display:grid;gap:6px}
        .alerts li{border-left:6px solid;border-radius:6px;padding:8px 12px;display:flex;gap:2px 12px;flex-wrap:wrap;\
        align-items:baseline}
        .alerts .bad{background:var(--bad-bg);border-color:var(--bad)}
        .alerts .wait{background:var(--wait-bg);border-color:var(--wait)}
        .alerts .good{background:var(--good-bg);border-color:var(--good)}
        .alerts b{overflow-wrap:anywhere}
        .alerts .do{color:var(--muted);flex-basis:100%}
        .stages{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(0,1fr);list-style:none;margin:0;padding:0}
        .stages li{position:relative;padding:22px 10px 0 0;font-size:12.5px}
        .stages li::before{content:"";position:absolute;left:0;right:0;top:7px;border-top:3px solid var(--line)}
        .stages li.done::before{border-color:var(--accent)}
        .stages li:last-child::before{right:auto;width:14px}
        .stages .dot{position:absolute;left:0;top:1px;width:15px;height:15px;border-radius:50%;\
        border:3px solid var(--muted);background:var(--panel)}
        .stages .done .dot{border-color:var(--accent);background:var(--accent)}
        .stages .now .dot{border-color:var(--accent);box-shadow:inset 0 0 0 2px var(--panel);background:var(--accent)}
        .stages .off .dot{border-color:var(--bad);border-radius:2px}
        .stages b{display:block;font-size:13.5px}
        .gates{list-style:none;margin:12px 0 0;padding:0}
        .gates>li{display:grid;grid-template-columns:120px 110px 1fr;gap:4px 12px;padding:7px 0;\
        border-top:1px solid var(--line)}
        .gates ul{margin:0;padding-left:18px}
        .strip{display:flex;flex-wrap:wrap;gap:2px;list-style:none;margin:0 0 6px;padding:0}
        .strip a{display:flex;align-items:center;justify-content:center;width:24px;height:24px;border-radius:3px;\
        background:var(--soft)}
        .strip .icon{margin:0}
        .strip .good a{background:var(--good-bg)}.strip .bad a{background:var(--bad-bg)}
        .strip .wait a{background:var(--wait-bg)}
        .strip .cut{stroke:var(--bg)}
        .strip .new{margin-left:10px}
        .legend{display:flex;flex-wrap:wrap;gap:2px 18px;margin:0 0 10px;padding:0;list-style:none;color:var(--muted);\
        font-size:12.5px}
        .legend svg{width:34px;height:12px;vertical-align:-1px;margin-right:6px}
        .charts{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:14px}
        figure{margin:0;background:var(--panel);border:1px solid var(--line);border-radius:7px;padding:10px \
        12px;min-width:0}
        figcaption{display:flex;flex-wrap:wrap;gap:0 12px;justify-content:space-between;font-weight:600}
        figcaption span{font-weight:400;color:var(--muted);font-size:12.5px}
        svg.chart,svg.check{display:block;width:100%;height:auto}
        svg.check{max-width:360px}
        svg text{fill:var(--muted);font-size:10.5px}
        .axis{stroke:var(--line);stroke-width:1;fill:none}
        .oldline{stroke:var(--old);stroke-width:1.4;stroke-dasharray:5 3;fill:none}
        .olddot{stroke:var(--old);stroke-width:1.3;fill:var(--panel)}
        .newline{stroke:var(--new);stroke-width:1.7;fill:none;stroke-linejoin:round}
        .newdot{fill:var(--new)}
        .allowed{stroke:var(--bad);stroke-width:1.2;stroke-dasharray:1.5 3;fill:none}
        .gap{fill:var(--gap)}.gapline{stroke:var(--muted);stroke-width:.8;fill:none}
        .band{fill:var(--band);stroke:var(--new);stroke-width:1}
        .open-end{stroke:var(--new);stroke-width:1.3;stroke-dasharray:2 2;fill:none}
        .zone{fill:var(--zone)}.margin{stroke:var(--bad);stroke-width:2.2}.mean{fill:var(--new);stroke:var(--panel)}
        .zero{stroke:var(--old);stroke-width:1.3;stroke-dasharray:3 2}
        details{margin:6px 0 0}
        summary{cursor:pointer;color:var(--accent)}
        details.panel>summary,details.scroll>summary{padding:2px 0}
        details.scroll>summary{padding:8px 12px}
        details table{font-size:12.5px}
        form.stack{display:grid;gap:10px;max-width:640px}
        form .row{display:grid;grid-template-columns:1fr 1fr;gap:10px}
        label{display:block;font-weight:600;font-size:12.5px}
        label small{font-weight:400;color:var(--muted)}
        input,textarea{width:100%;font:inherit;color:inherit;background:var(--bg);border:1px solid var(--muted);\
        border-radius:5px;padding:6px 8px;margin-top:3px}
        button{font:inherit;font-weight:600;padding:6px 14px;border-radius:5px;border:1px solid var(--accent);\
        background:var(--accent);color:var(--panel);cursor:pointer}
        button.no{background:var(--panel);color:var(--bad);border-color:var(--bad)}
        .buttons{display:flex;gap:10px}
        .pager{display:flex;gap:14px;margin:0 0 12px}
        .hide{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        @media screen and (max-width:760px){main{padding:14px 12px 24px}.bar{padding:6px \
        12px}.who{margin:0}footer{padding:0 \
        12px 20px}
        .columns,.charts,.controls,form .row{grid-template-columns:minmax(0,1fr)}
        .stages{grid-auto-flow:row}.stages li{padding:0 0 12px 26px}.stages li::before{top:8px;bottom:-8px;left:6px;\
        right:auto;border-top:0;border-left:3px solid var(--line)}.stages li.done::before{border-color:var(--accent)}\
        .stages li:last-child::before{display:none}
        .gates>li{grid-template-columns:1fr auto}.gates>li>:last-child{grid-column:1/-1}
        dl.facts{grid-template-columns:minmax(0,1fr);gap:0}dl.facts dd{margin-bottom:6px}
        th,td{padding:5px 8px}.banner .badge{font-size:17px}}
        .report{max-width:900px}
        .report h2{margin-top:20px}
        .controls{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:0 20px;font-size:12.5px}
        .controls h3{margin-top:0}.controls ul{list-style:none;margin:0;padding:0}.controls li{margin-bottom:5px}
        .controls span{white-space:nowrap;color:var(--muted)}
        .report table{font-size:13px}
        .print-only{display:none}
        @page{size:A4;margin:8mm 12mm}
        @media print{:root{--bg:#fff;--panel:#fff;--ink:#000;--muted:#3d4348;--line:#b6bbc0;--soft:#f1f2f3;\
        --accent:#000;\
        --good:#0d4d23;--good-bg:#fff;--bad:#8a0d14;--bad-bg:#fff;--wait:#5f3d00;--wait-bg:#fff;--old:#444;--new:#000;\
        --band:#d3dbe3;--zone:#eee;--gap:#e6e6e6}
        html{font:7.6pt/1.22 "Liberation Sans",Arial,Helvetica,sans-serif}\
        .bar,.skip,.no-print,details:not([open]){display:none}\
        .print-only{display:block}
        main,footer,.report{max-width:none;padding:0;margin:0}
        h1{font-size:13pt;margin-bottom:3pt}h2{font-size:9pt;margin:4pt 0 1pt;break-after:avoid}
        .report h2{margin-top:4pt}h3{font-size:8.4pt;margin:3pt 0 1pt}
        .legend{margin-bottom:2pt;font-size:7.4pt;gap:0 12pt}
        .report table,.small,details table,footer{font-size:7.4pt}
        th,td{padding:.6pt 4pt;line-height:1.2}caption{padding:1pt 4pt;font-size:7.4pt}
        td.draw{padding:0 4pt;width:20%;min-width:0}svg.check{max-width:34mm}\
        .report tbody th{white-space:nowrap}.badge,thead th{font-size:inherit}p{max-width:none}
        .panel,.scroll,figure{border-radius:0;margin-bottom:4pt;overflow:visible}.panel{padding:4pt 6pt}
        .banner{border:1px solid;border-left:5pt solid;padding:3pt 8pt;margin-bottom:4pt}.banner .badge{font-size:11pt}
        .icon{width:8pt;height:8pt;vertical-align:-1pt}.banner .icon{width:11pt;height:11pt;vertical-align:-1.5pt}
        .banner p{font-size:8.2pt;margin-top:1pt}
        .report .banner{display:flex;gap:8pt;align-items:baseline}.report .banner p{flex:1}
        code,.id{font-size:7pt}
        pre{margin:1pt 0;padding:1pt 5pt;font-size:6.6pt}tr,figure,.banner,.gates>li{break-inside:avoid}
        a{text-decoration:none}thead{display:table-header-group}p{margin-bottom:2pt}
        ul.tight{margin-bottom:1pt;padding-left:12pt}
        dl.facts{grid-template-columns:max-content 1fr max-content 1fr;gap:0 10pt;margin-bottom:2pt}
        dl.facts .wide{grid-column:2/-1}.controls{gap:0 12pt;font-size:7pt}
        .controls li{margin-bottom:.5pt}}
        """
}
