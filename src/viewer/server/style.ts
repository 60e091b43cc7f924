/** The page's one style sheet: light and dark, from a phone to a wide screen. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1b1f24; --quiet: #57606a; --paper: #fff; --panel: #f6f8fa; --line: #d8dee4; --link: #00599c;
  --added: #d9f2e3; --added-line: #2e9e62; --gone: #fbe3dd; --gone-ink: #7d2a12; --bad: #a33a00; --bad-paper: #fff4ec; --chosen: #e6f1fa;
  --rate: #0072b2; --naive: #8a939c;
  font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e9ed; --quiet: #a5aeb8; --paper: #14181d; --panel: #1c2128; --line: #343b44; --link: #7cc0f4;
    --added: #143b27; --added-line: #4cc38a; --gone: #46231a; --gone-ink: #ffb8a3; --bad: #ffa873; --bad-paper: #33221a; --chosen: #1d3346;
    --rate: #56b4e9; --naive: #8f98a3;
  }
}
* { box-sizing: border-box; }
body { margin: 0; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
article:focus { outline: none; }
header { position: sticky; top: 0; z-index: 2; background: var(--panel); border-bottom: 1px solid var(--line); }
header nav { display: flex; gap: 1rem; align-items: baseline; padding: .55rem 1.25rem; }
.home { font-weight: 700; text-decoration: none; letter-spacing: .04em; }
.file { color: var(--quiet); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
h1 { font-size: 1.45rem; margin: 0 0 1rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; overflow-wrap: anywhere; } h3 { font-size: .92rem; margin: .9rem 0 .3rem; }
.quiet { color: var(--quiet); font-weight: normal; font-size: .88rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.notice { padding: .6rem .9rem; background: var(--panel); border-left: 4px solid var(--line); overflow-wrap: anywhere; }
.notice.bad { background: var(--bad-paper); border-color: var(--bad); color: var(--ink); }
.overview { max-width: 66rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
.lead { font-size: 1.1rem; overflow-wrap: anywhere; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; }
.actions a, button, .pages a, .steps a { display: inline-block; padding: .3rem .75rem; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); color: var(--link); font: inherit; text-decoration: none; cursor: pointer; }
.actions a:hover, button:hover:not(:disabled), .pages a:hover, .steps a:hover { border-color: var(--link); }
button:disabled { color: var(--quiet); cursor: default; }
.warnings { background: var(--bad-paper); border-left: 4px solid var(--bad); padding: .2rem 1rem; margin: 1.2rem 0; } .warnings h2 { margin: .6rem 0 .2rem; }
ul.cards, ul.answers { list-style: none; padding: 0; margin: 0; display: grid; gap: .5rem; }
.cards { grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); }
.cards li, .answers li { border: 1px solid var(--line); border-radius: 8px; padding: .6rem .9rem; display: flex; flex-direction: column; overflow-wrap: anywhere; }
.answers li { display: grid; grid-template-columns: minmax(0, 1fr) 15rem; gap: .1rem 1.5rem; align-items: center; }
.answers li > span { grid-column: 1 / -1; }
.interval { width: 100%; height: 1.3rem; overflow: visible; }
.interval .axis { stroke: var(--line); } .interval line.rate { stroke: var(--rate); stroke-width: 3; stroke-linecap: round; } .interval circle.rate { fill: var(--rate); }
.interval .naive { fill: var(--paper); stroke: var(--naive); stroke-width: 1.5; }
.key i { display: inline-block; width: .65rem; height: .65rem; margin: 0 .2rem 0 .8rem; } .key i:first-child { margin-left: 0; } .key .rate { background: var(--rate); border-radius: 50%; } .key .naive { border: 1.5px solid var(--naive); transform: rotate(45deg) scale(.85); }
.meter { display: flex; gap: .7rem; align-items: center; color: var(--quiet); font-size: .88rem; margin: .3rem 0; } progress { width: 9rem; accent-color: var(--rate); }
.table { overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); font-weight: normal; vertical-align: top; }
thead th { color: var(--quiet); font-size: .85rem; } tbody th { overflow-wrap: anywhere; min-width: 8rem; }
.table td, .table thead th:not(:first-child) { text-align: right; white-space: nowrap; } .table td:last-child:nth-child(4), .table thead th:last-child:nth-child(4) { white-space: normal; text-align: left; min-width: 16rem; padding-left: 1rem; }
.table td.words, .table thead th.words:not(:first-child) { text-align: left; white-space: normal; overflow-wrap: anywhere; } .table td.words { min-width: 5.5rem; }
.number { text-align: right; white-space: nowrap; }
.browser { padding: .8rem 1.25rem 3rem; max-width: 66rem; margin: 0 auto; }
.browser.open { max-width: none; display: grid; grid-template-columns: minmax(20rem, 2fr) 5fr; gap: 1.5rem; align-items: start; }
.browser.open .length { display: none; }
.row { display: flex; flex-wrap: wrap; gap: .6rem .8rem; align-items: end; margin: .3rem 0; }
label > span { display: block; font-size: .82rem; color: var(--quiet); }
label.wide { flex: 1 1 14rem; } label.number { text-align: left; } label.number input { width: 6.5rem; }
input[type=search], input[type=number], select { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: .3rem .5rem; width: 100%; max-width: 100%; }
select { width: auto; max-width: 17rem; }
summary { cursor: pointer; color: var(--link); }
.summary { margin: .8rem 0 .4rem; }
.rows { width: 100%; table-layout: fixed; } .rows th:nth-child(2), .rows td:nth-child(2) { width: 2.2rem; } .rows th:nth-child(3) { width: 6.5rem; } .rows th:nth-child(4) { width: 5.5rem; }
.rows td:first-child { position: relative; } .rows td:first-child a { overflow-wrap: anywhere; font-weight: 600; }
.rows tr.current { background: var(--chosen); } .rows td:first-child { padding-left: .5rem; }
.opening { color: var(--quiet); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: .88rem; }
.mark { margin-left: .5rem; padding: 0 .45rem; border-radius: 9px; font-size: .78rem; font-weight: normal; background: var(--panel); border: 1px solid var(--line); color: var(--ink); white-space: nowrap; } .mark.bad { background: var(--bad-paper); border-color: var(--bad); }
.pages, .steps { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: 1rem 0; }
.steps { margin: 0; }
.example { min-width: 0; } .example h2 { margin: .8rem 0 .3rem; }
@media (min-width: 900px) { .browser.open .example { position: sticky; top: 3.2rem; max-height: calc(100vh - 4rem); overflow-y: auto; padding: .1rem .6rem 1rem 1rem; border-left: 1px solid var(--line); } }
.texts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: .9rem; }
.text { border: 1px solid var(--line); border-radius: 8px; padding: .1rem .9rem .6rem; min-width: 0; background: var(--panel); }
.body { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
.prompt .body { color: var(--quiet); max-height: 9rem; overflow-y: auto; }
.switch { margin: .6rem 0; font-size: .88rem; }
ins { background: var(--added); text-decoration: none; box-shadow: inset 0 -2px var(--added-line); } del { background: var(--gone); color: var(--gone-ink); }
.fields { margin: .5rem 0; } .fields div { display: grid; grid-template-columns: minmax(7rem, 14rem) 1fr; gap: 1rem; padding: .15rem 0; } .fields dt { color: var(--quiet); overflow-wrap: anywhere; } .fields dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
@media (max-width: 899px) {
  .browser, .browser.open { display: block; padding: .6rem .9rem 3rem; } .browser.open .list { display: none; }
  .row label:has(select) { flex: 1 1 9rem; } select { width: 100%; max-width: 100%; }
  .answers li { grid-template-columns: 1fr; } .rows th:nth-child(4), .length { display: none; } .fields div { grid-template-columns: 1fr; gap: 0; }
}
`;
