/** The report's one style sheet. */
export const STYLE = `
:root { font: 16px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; border-top: 1px solid #ddd; padding-top: 1rem; } h3 { font-size: 1rem; }
.quiet { color: #555; font-size: .9rem; }
.answers li { font-size: 1.05rem; margin: .5rem 0; }
.warnings { border-left: 4px solid #d55e00; padding: .4rem 0 .4rem 2rem; background: #fff6f0; }
.table { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .7rem; border-bottom: 1px solid #e4e4e4; white-space: nowrap; font-weight: normal; }
thead th { color: #555; } th:first-child { text-align: left; } td:last-child { text-align: left; white-space: normal; }
figure { margin: 1rem 0; overflow-x: auto; } figcaption { color: #555; font-size: .85rem; }
.example { border: 1px solid #ddd; border-radius: 6px; padding: .5rem 1rem; margin: .8rem 0; }
summary { cursor: pointer; }
dt { font-size: .85rem; color: #555; margin-top: .6rem; } .reward { font-variant-numeric: tabular-nums; color: #0072b2; }
dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
ins { background: #d9f2e3; text-decoration: none; box-shadow: inset 0 -2px #2e9e62; } del { background: #fbe3dd; color: #7d2a12; }
`;
