import { Markup } from './markup.ts';

/** The style sheet of a report: light or dark as the reader prefers, one column on a phone. */
export const STYLE = new Markup(`
:root {
  color-scheme: light dark;
  --page: #f6f6f3; --card: #ffffff; --ink: #1b1b1a; --soft: #5c5b57; --rule: #e0dfd9; --grid: #e8e7e2;
  --s0: #1f6fc4; --s1: #c8561b; --s2: #6b53b5; --s3: #1f7a4d; --s4: #a8326e; --s5: #6d6a1e;
  --after: #eef5fd; --warn: #fdf3e7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #141413; --card: #1e1e1c; --ink: #f2f1ec; --soft: #aeada6; --rule: #3a3a36; --grid: #31312d;
    --s0: #5aa2ee; --s1: #ec8347; --s2: #a892ee; --s3: #5cc08f; --s4: #e57fb2; --s5: #c9c45e;
    --after: #1b2633; --warn: #30261a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.75rem 0 .8rem; }
h3 { font-size: .75rem; margin: 0 0 .3rem; color: var(--soft); text-transform: uppercase; letter-spacing: .06em; }
.summary { margin: 0; color: var(--soft); max-width: 46rem; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: .6rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1rem; margin: 1.75rem 0 0; }
.tile { padding: .9rem 1.1rem 1rem; }
.tile dt { color: var(--soft); font-size: .875rem; }
.tile dd { margin: .1rem 0 0; font-size: 1.9rem; font-weight: 600; line-height: 1.25; }
.tile dd span { display: block; color: var(--soft); font-size: .8125rem; font-weight: 400; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }
.chart { margin: 0; padding: 1rem 1.1rem .6rem; display: flex; flex-direction: column; }
.chart > svg { width: 100%; margin-top: auto; overflow: visible; }
figcaption strong { display: block; font-weight: 600; }
figcaption > span { display: block; color: var(--soft); font-size: .8125rem; }
.legend { margin: .4rem 0 .2rem; }
.key { display: inline-flex; align-items: center; gap: .4rem; margin-right: 1rem; color: var(--ink); }
.key svg { width: 26px; height: 10px; overflow: visible; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.grid { stroke: var(--grid); fill: none; }
.mark { stroke: var(--rule); fill: none; }
.reference { stroke: var(--soft); stroke-dasharray: 2 4; fill: none; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.bar { fill: none; stroke-width: 1.5; }
.dot { stroke: var(--card); stroke-width: 1.5; }
.line.s0, .bar.s0 { stroke: var(--s0); }
.dot.s0 { fill: var(--s0); }
.line.s1, .bar.s1 { stroke: var(--s1); }
.dot.s1 { fill: var(--s1); }
.line.s2, .bar.s2 { stroke: var(--s2); }
.dot.s2 { fill: var(--s2); }
.line.s3, .bar.s3 { stroke: var(--s3); }
.dot.s3 { fill: var(--s3); }
.line.s4, .bar.s4 { stroke: var(--s4); }
.dot.s4 { fill: var(--s4); }
.line.s5, .bar.s5 { stroke: var(--s5); }
.dot.s5 { fill: var(--s5); }
.line.s1, .line.s4 { stroke-dasharray: 6 5; }
.line.s2, .line.s5 { stroke-dasharray: 1 5; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
th, td { padding: .55rem 1rem; text-align: left; vertical-align: top; border-top: 1px solid var(--rule); }
thead th { border-top: 0; color: var(--soft); font-size: .8125rem; font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 500; }
.numbers { font-variant-numeric: tabular-nums; white-space: nowrap; }
.numbers th + th, .numbers td { text-align: right; }
.played { font-size: .8125rem; white-space: nowrap; }
.settings th { white-space: nowrap; }
.settings th:first-child { width: 1%; padding-right: 2rem; }
.settings tbody { font: .8125rem/1.6 ui-monospace, monospace; }
.settings td, .notes li { overflow-wrap: anywhere; }
.settings th, .settings td { padding-top: .3rem; padding-bottom: .3rem; }
.example { display: grid; grid-template-columns: 1fr 1fr; overflow: hidden; margin-bottom: 1rem; }
.example > div { padding: .9rem 1.1rem; border-top: 1px solid var(--rule); min-width: 0; }
.example > .prompt { grid-column: 1 / -1; border-top: 0; }
.example > .after { background: var(--after); border-left: 1px solid var(--rule); }
.example p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.example .none { color: var(--soft); font-style: italic; }
.prompt p { font-weight: 500; }
.hint { margin: -.4rem 0 .8rem; color: var(--soft); font-size: .875rem; }
.controls { display: flex; flex-wrap: wrap; gap: .6rem; margin-bottom: .8rem; }
.controls[hidden] { display: none; }
.controls input, .controls select, .controls button {
  font: inherit; color: inherit; background: var(--card); border: 1px solid var(--rule); border-radius: .4rem; padding: .35rem .7rem;
}
.controls input { flex: 1 1 14rem; min-width: 0; }
.controls button:disabled { color: var(--soft); opacity: .5; }
.turn { display: inline-flex; align-items: center; gap: .5rem; margin-left: auto; font-variant-numeric: tabular-nums; }
.turn output { min-width: 6rem; text-align: center; color: var(--soft); font-size: .875rem; }
.judged { padding: .9rem 1.1rem 1rem; }
.judged p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.judged .matrix { margin: .9rem 0 0; }
.ranked { margin: .9rem 0 0; padding-left: 1.6rem; }
.ranked li { padding: .35rem .6rem; border-left: 3px solid transparent; }
.ranked li::marker { color: var(--soft); }
.ranked .chosen { border-color: var(--s0); background: var(--after); }
.ranked .rejected { border-color: var(--s1); }
.heat { width: auto; font-size: .8125rem; font-variant-numeric: tabular-nums; margin: .6rem 0 .4rem; }
.heat th, .heat td { border: 1px solid var(--card); padding: .25rem .4rem; min-width: 2.4rem; text-align: center; }
.heat th { color: var(--soft); font-weight: 500; white-space: nowrap; }
.missing, .alarms { background: var(--warn); }
details { margin-top: 1.2rem; }
summary { cursor: pointer; color: var(--soft); }
:focus-visible { outline: 2px solid var(--s0); outline-offset: 2px; }
.notes { margin: 0; padding: .8rem 1.1rem .8rem 2.2rem; }
@media (max-width: 40rem) {
  svg text { font-size: 15px; }
  .example { grid-template-columns: 1fr; }
  .example > .after { border-left: 0; }
}
@media print {
  :root { --page: #ffffff; }
  .card { break-inside: avoid; }
}
`);
