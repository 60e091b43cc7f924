/** The report's one style sheet: light and dark, from a phone to paper. */
export const STYLE = `
:root { color-scheme: light dark; font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  --ink: #1c1f23; --quiet: #555c66; --page: #fff; --raised: #f6f7f9; --line: #d9dde3; --link: #0b5c94;
  --rate: #0072b2; --single: #9a6a00; --naive: #b34a00; --truth: #1c1f23; --warn: #b34a00; --warn-page: #fff4ec;
  --ins: #d8f3e0; --ins-line: #1d7f49; --del: #fde3dc; --del-ink: #7d2a12; --plus: 0, 114, 178; --minus: 179, 74, 0;
  color: var(--ink); background: var(--page); }
@media screen and (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --quiet: #a8b0ba; --page: #15181c; --raised: #1e2329; --line: #363d46;
  --link: #7cc0f0; --rate: #5ab4ec; --single: #e0a92e; --naive: #f08a4b; --truth: #e6e8eb; --warn: #f08a4b; --warn-page: #2b2019;
  --ins: #14432b; --ins-line: #4fc585; --del: #4d2219; --del-ink: #ffc9b8; --plus: 90, 180, 236; --minus: 240, 138, 75; } }
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; overflow-wrap: break-word; }
header, main { max-width: 66rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.5rem; } main { padding-bottom: 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .6rem; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; margin: 2.6rem 0 .6rem; } h3 { font-size: 1.05rem; margin: 1.4rem 0 .4rem; overflow-wrap: anywhere; }
h4 { font-size: .85rem; margin: 0 0 .3rem; color: var(--quiet); font-weight: 600; }
section[id] { scroll-margin-top: 3.5rem; }
a { color: var(--link); } :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.quiet { color: var(--quiet); font-size: .9rem; } header .quiet { margin: 0; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; list-style: none; padding: 0; margin: 0; font-size: .95rem; }
.picker { position: sticky; top: 0; z-index: 2; background: var(--page); border-bottom: 1px solid var(--line); margin-top: 1rem;
  padding: .55rem max(1.25rem, calc((100% - 66rem) / 2 + 1.25rem)); }
.choices { display: flex; flex-wrap: wrap; gap: .5rem 1.2rem; align-items: center; font-size: .9rem; }
label { max-width: 100%; }
select, button { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .25rem .5rem; max-width: 100%; min-height: 2rem; }
.answers { padding: 0; list-style: none; } .answers li { font-size: 1.15rem; line-height: 1.45; margin: .5rem 0; padding: .7rem 1rem; background: var(--raised);
  border-left: 4px solid var(--rate); border-radius: 0 8px 8px 0; overflow-wrap: anywhere; }
.warnings { padding: .6rem 1rem .6rem 2rem; border-left: 4px solid var(--warn); background: var(--warn-page); border-radius: 0 8px 8px 0; }
.warnings li { margin: .35rem 0; overflow-wrap: anywhere; } tr.warns td:nth-of-type(3) { color: var(--warn); font-weight: 600; }
.table { overflow-x: auto; margin: .8rem 0; max-width: 100%; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; min-width: 50%; }
th, td { text-align: right; padding: .35rem .7rem; border-bottom: 1px solid var(--line); font-weight: normal; white-space: nowrap; vertical-align: top; }
th[scope=row], thead th:first-child { text-align: left; white-space: normal; min-width: 8rem; max-width: 22rem; overflow-wrap: anywhere; }
thead th { color: var(--quiet); vertical-align: bottom; white-space: normal; }
.words, .note { white-space: normal; } td.words, td.note { overflow-wrap: anywhere; } .words { text-align: left; min-width: 4.5rem; max-width: 18rem; } .note { min-width: 8rem; }
#checks td:nth-last-child(-n+2), #method td { text-align: left; min-width: 14rem; overflow-wrap: anywhere; }
#checks thead th:nth-last-child(-n+2), #method thead th:last-child { text-align: left; }
thead button { all: unset; cursor: pointer; text-decoration: underline dotted; text-underline-offset: 3px; } thead button:focus-visible { outline: 2px solid var(--link); }
[aria-sort=ascending] button::after { content: " ↑"; } [aria-sort=descending] button::after { content: " ↓"; }
.heat { text-align: center; min-width: 5rem; }
${[1, 2, 3, 4, 5].map((step) => `.plus${step} { background: rgba(var(--plus), ${(0.09 * step).toFixed(2)}); } .minus${step} { background: rgba(var(--minus), ${(0.09 * step).toFixed(2)}); }`).join("\n")}
figure { margin: 1rem 0; } figcaption { color: var(--quiet); font-size: .875rem; }
.legend { font-size: .9rem; margin: .6rem 0; } .key { font-weight: 600; margin-right: .8rem; white-space: nowrap; } figcaption .key { margin: 0; }
.key.rate, .key.text1 { color: var(--rate); } .key.single { color: var(--single); } .key.naive, .key.text0 { color: var(--naive); }
.key.rate::before { content: "●  "; } .key.single::before { content: "◆ "; } .key.naive::before { content: "■ "; }
.forest { list-style: none; margin: 0; padding: 0; }
.forest li { display: grid; grid-template-columns: minmax(9rem, 2fr) minmax(10rem, 4fr) minmax(9rem, 1.6fr); gap: 0 1rem; align-items: center; border-bottom: 1px solid var(--line); padding: .15rem 0; }
.forest .name { font-size: .9rem; overflow-wrap: anywhere; } .forest .number { font-size: .875rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.forest-frame > .axis { display: grid; grid-template-columns: minmax(9rem, 2fr) minmax(10rem, 4fr) minmax(9rem, 1.6fr); gap: 0 1rem; } .forest-frame > .axis > svg { grid-column: 2; }
svg { display: block; overflow: visible; } .strip line { stroke-width: 2.5; } .strip .zero, .chart .zero { stroke: var(--quiet); stroke-width: 1; }
.strip .rate line { stroke: var(--rate); } .rate circle { fill: var(--rate); } .truth line { stroke: var(--truth); } .truth path { fill: var(--truth); }
.strip .single line { stroke: var(--single); stroke-width: 1.2; stroke-dasharray: 4 2; } .single path { fill: var(--page); stroke: var(--single); stroke-width: 1.4; }
.strip .naive line { stroke: var(--naive); stroke-width: 1.2; stroke-dasharray: 1.5 2.5; } .naive path { fill: var(--page); stroke: var(--naive); stroke-width: 1.4; }
.strip line.touch { stroke: transparent !important; stroke-width: 12; stroke-dasharray: none; } rect.touch { fill: transparent; }
.axis line { stroke: var(--quiet); } .axis text { fill: var(--quiet); font-size: 11px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 0 2.5rem; } .pair > figure { min-width: 0; }
.bar { fill: var(--rate); stroke: var(--page); stroke-width: 1; } g[data-tip]:hover .bar { opacity: .75; } .mean { stroke: var(--ink); stroke-width: 2.5; }
.curve { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; } .area { opacity: .13; }
.text0 .curve { stroke: var(--naive); stroke-dasharray: 5 3; } .text0 .area { fill: var(--naive); } .text1 .curve { stroke: var(--rate); } .text1 .area { fill: var(--rate); }
details { margin: .6rem 0; } summary { cursor: pointer; padding: .3rem 0; overflow-wrap: anywhere; } details > :not(summary) { margin-left: 0; }
#results > div > details, #method > details, .example { border: 1px solid var(--line); border-radius: 8px; padding: .3rem 1rem; }
#results > div > details > summary, #method > details > summary { font-weight: 600; }
.texts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); gap: 1rem; margin: .6rem 0; }
.text { background: var(--raised); border-radius: 8px; padding: .7rem .9rem; min-width: 0; }
.body { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; max-height: 26rem; overflow-y: auto; font-size: .95rem; }
.prompt { white-space: pre-wrap; overflow-wrap: anywhere; margin: .3rem 0; font-size: .95rem; } bdi { unicode-bidi: isolate; }
.failure { color: var(--warn); overflow-wrap: anywhere; white-space: pre-wrap; } .shortened { margin: .4rem 0 0; }
ins { background: var(--ins); color: inherit; text-decoration: none; box-shadow: inset 0 -2px var(--ins-line); } del { background: var(--del); color: var(--del-ink); }
pre { background: var(--raised); border-radius: 8px; padding: .7rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; max-height: 30rem; overflow-y: auto; }
code { overflow-wrap: anywhere; font-size: .9em; }
.tip { position: fixed; z-index: 3; pointer-events: none; background: var(--ink); color: var(--page); font-size: .85rem; padding: .3rem .6rem; border-radius: 6px; max-width: 22rem; overflow-wrap: anywhere; }
@media (max-width: 40rem) { .forest li, .forest-frame > .axis { grid-template-columns: minmax(0, 1fr); } .forest li { padding: .4rem 0; } .forest-frame > .axis > svg { grid-column: 1; }
  h1 { font-size: 1.5rem; } header, main { padding-left: 1rem; padding-right: 1rem; } .picker { position: static; } .answers li { font-size: 1.05rem; } }
@media print { :root { color-scheme: light; font-size: 10pt; } .choices, nav, .tip, details.screen, #method details details, #estimates tr:has(.note), thead button::after { display: none !important; } header, main { max-width: none; padding: 0; }
  a { color: inherit; } a[href^="#"] { text-decoration: none; } thead button { display: contents; } summary { list-style: none; break-after: avoid; } summary::-webkit-details-marker { display: none; }
  .answers li, .warnings, .text, .bar, .heat, ins, del, pre { print-color-adjust: exact; -webkit-print-color-adjust: exact; } .body, pre { max-height: none; overflow: visible; } .body, .prompt { font-size: .8rem; }
  figure, .example, .forest li, .answers li, .warnings li, tr, thead { break-inside: avoid; } figure:has(.forest) { break-inside: auto; } h2, h3, h4, .legend { break-after: avoid; } h2 { margin-top: 1.6rem; }
  .forest li, .forest-frame > .axis { grid-template-columns: minmax(0, 2fr) minmax(0, 3fr) 11rem; } .forest .name, .forest .number { font-size: .8rem; }
  .table { overflow: visible; } table { font-size: .72rem; } th, td { padding: .15rem .35rem; } td { overflow-wrap: anywhere; } th[scope=row] { max-width: none; min-width: 6rem; }
  .words, .note, #checks td:nth-last-child(-n+2), #method td { min-width: 3rem; } #checks > div ~ div :is(th, td):nth-child(6) { display: none; }
  .texts { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: .5rem; } .text { padding: .4rem .6rem; } .example { padding: .1rem .6rem; } .pair { grid-template-columns: 1fr 1fr; } }
`;
