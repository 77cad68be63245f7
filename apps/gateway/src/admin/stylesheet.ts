/** How the page looks: in light and dark, and from 320 pixels on. Tables become cards where they have no room. */
export const STYLESHEET = `
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #ffffff; --ink: #1a1f2b; --soft: #566074; --line: #d9dee7;
  --accent: #2456c7; --accent-ink: #ffffff; --good: #1c6b3c; --good-paper: #e3f4e9;
  --watch: #7a4b00; --watch-paper: #fdf0d5; --bad: #a61b2b; --bad-paper: #fde7e9;
  --mono: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #11151d; --card: #1a202b; --ink: #e7ebf2; --soft: #a3adbf; --line: #323b4b;
    --accent: #8ab0ff; --accent-ink: #0c1426; --good: #7fd6a0; --good-paper: #17331f;
    --watch: #f0c275; --watch-paper: #3a2c10; --bad: #ff9aa5; --bad-paper: #42181e;
  }
}
* { box-sizing: border-box; }
/* Nothing that has the focus hides behind the status. */
html { scroll-padding-top: 3.5rem; }
body { margin: 0; background: var(--paper); color: var(--ink); }
header, main, .status { max-width: 72rem; margin-inline: auto; padding-inline: 1rem; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1rem; padding-block: 1rem .5rem; }
h1 { font-size: 1.25rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
h3 { font-size: .95rem; margin: 1.25rem 0 .25rem; }
.who { margin: 0 0 0 auto; color: var(--soft); overflow-wrap: anywhere; }
.status { min-height: 1.5rem; margin-block: 0; padding-block: .4rem; position: sticky; top: 0; z-index: 1; background: var(--paper); color: var(--soft); font-size: .9rem; }
.status:not(:empty) { border-bottom: 1px solid var(--line); }
.status.bad { color: var(--bad); }
section, .login form { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; margin-block: 1rem; }
.bar { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem 1rem; }
.search { color: var(--soft); font-size: .9rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1rem 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .6rem .9rem; }
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; font-size: 1.4rem; font-variant-numeric: tabular-nums; }
.none, .note, figcaption { color: var(--soft); font-size: .9rem; margin: .5rem 0 0; }
table { width: 100%; border-collapse: collapse; margin-top: .5rem; font-size: .92rem; }
th, td { text-align: start; vertical-align: top; padding: .45rem .6rem .45rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
thead th { color: var(--soft); font-weight: 600; font-size: .82rem; border-top: 0; white-space: nowrap; overflow-wrap: normal; }
tbody th { font-weight: 600; }
tr[aria-current] > * { background: color-mix(in srgb, var(--accent) 9%, transparent); }
.number { text-align: end; font-variant-numeric: tabular-nums; padding-inline-end: 1.2rem; }
.sub { color: var(--soft); font-size: .85rem; display: block; font-weight: 400; }
code, .mono { font-family: var(--mono); font-size: .88em; overflow-wrap: anywhere; }
.nowrap { white-space: nowrap; }
.badge { display: inline-block; border-radius: 1rem; padding: 0 .6rem; font-size: .82rem; font-weight: 600; white-space: nowrap; }
.badge.good { color: var(--good); background: var(--good-paper); }
.badge.watch { color: var(--watch); background: var(--watch-paper); }
.badge.bad { color: var(--bad); background: var(--bad-paper); }
.badge.plain { color: var(--soft); background: var(--paper); }
button, input { font: inherit; color: inherit; border-radius: .4rem; border: 1px solid var(--line); padding: .3rem .8rem; min-height: 2.25rem; }
input { background: var(--paper); max-width: 100%; border-color: var(--soft); }
button { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); font-weight: 600; cursor: pointer; }
button.quiet { background: transparent; color: var(--ink); border-color: var(--soft); font-weight: 400; }
button.danger { background: var(--bad); border-color: var(--bad); color: var(--card); }
button.link { background: none; border: 0; padding: 0; min-height: 1.5rem; color: var(--accent); text-align: start; text-decoration: underline; overflow-wrap: anywhere; }
button:disabled { opacity: .55; cursor: default; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#content:focus, #detail:focus { outline: none; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: .5rem; top: .5rem; background: var(--card); padding: .5rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.login { max-width: 28rem; padding-top: 3rem; }
.login form { display: grid; gap: .75rem; }
.mistake { color: var(--bad); background: var(--bad-paper); border-radius: .4rem; padding: .5rem .75rem; }
dialog { background: var(--card); color: var(--ink); border: 1px solid var(--line); border-radius: .6rem; max-width: min(28rem, calc(100vw - 2rem)); }
dialog::backdrop { background: rgb(0 0 0 / .5); }
figure { margin: .25rem 0 0; }
svg { display: block; max-width: 100%; }
.gauge { display: inline-block; vertical-align: middle; margin-inline-end: .5rem; }
.gauge .track { fill: var(--line); }
.gauge .usual { fill: var(--good); }
.gauge .watch { fill: var(--watch); }
.gauge .bad { fill: var(--bad); }
.plot text { fill: var(--soft); font-size: 12px; }
.plot .grid { stroke: var(--line); }
.plot .limit { stroke: var(--bad); stroke-dasharray: 5 4; }
.plot .limit-text { fill: var(--bad); }
.plot .line { fill: none; stroke: var(--accent); stroke-width: 2.5; stroke-linejoin: round; }
.plot .area { fill: var(--accent); opacity: .13; }
.plot .alert { fill: var(--bad); stroke: var(--card); stroke-width: 2; }
@media (max-width: 46rem) {
  .who { margin-inline-start: 0; width: 100%; order: 3; }
  header form { margin-inline-start: auto; }
  .search, .search input { width: 100%; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody { display: block; }
  tr { display: block; border-top: 1px solid var(--line); padding-block: .5rem; }
  th, td { display: grid; grid-template-columns: 7.5rem 1fr; gap: .5rem; border: 0; padding: .15rem .4rem; text-align: start; }
  td.wide { display: block; padding-top: .4rem; }
  [data-label]::before { content: attr(data-label); color: var(--soft); font-weight: 400; font-size: .85rem; }
  td.wide::before { content: none; }
  .number { text-align: start; padding-inline-end: .4rem; }
}
@media (prefers-reduced-motion: no-preference) { button { transition: opacity .15s; } }
`;

/** The page's icon: a mark between two lines. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#2456c7"/><path d="M7 22h18M7 10h18M12 16l3 3 6-7" fill="none" stroke="#fff" stroke-width="2.5"/></svg>`;
