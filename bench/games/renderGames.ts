import { lineChart, type Chart } from '../../src/loop/report/lineChart.ts';
import { markup, Markup } from '../../src/loop/report/markup.ts';
import { stepAxis, type Axis } from '../../src/loop/report/scale.ts';
import { STYLE } from '../../src/loop/report/style.ts';
import { formatPolicy, gamesTable } from './gamesTable.ts';
import { OBJECTIVES, type ObjectiveSettings } from './objectives.ts';
import type { GameRun } from './playGame.ts';
import type { PlayedGame } from './playGames.ts';
import { simplexFigure } from './simplexFigure.ts';

const MORE_STYLE = new Markup(`
:root { --s3: #2e7d4f; --s4: #b0296e; --s5: #7a6a1f; }
@media (prefers-color-scheme: dark) { :root { --s3: #5fc28b; --s4: #ef7fb4; --s5: #d0bb5a; } }
.line.s3 { stroke: var(--s3); stroke-dasharray: 10 4; }
.line.s4 { stroke: var(--s4); stroke-dasharray: 8 3 2 3; }
.line.s5 { stroke: var(--s5); stroke-dasharray: 3 3; }
.simplexes { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); gap: 1rem; margin-top: 1rem; }
.edge { fill: none; stroke: var(--rule); stroke-width: 1.5; }
.way { fill: none; stroke: var(--s0); stroke-width: 1.2; stroke-linejoin: round; }
.way.average { stroke: var(--s1); stroke-width: 2; }
.start { fill: var(--card); stroke: var(--s0); stroke-width: 1.5; }
.end { fill: var(--s0); }
.aim { stroke: var(--ink); stroke-width: 1.5; }
p { max-width: 46rem; }
`);

/**
 * A page about games played by objectives: curves of exploitability, fitted rates, and for three actions the way of the
 * policy over the triangle of all policies. One file, no script, and a content policy that forbids every request.
 */
export function renderGames(
  games: readonly PlayedGame[],
  { step, tau, rounds }: ObjectiveSettings & { rounds: number },
): string {
  const title = 'Preference games, played by real losses';
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${STYLE}${MORE_STYLE}</style>
</head>
<body>
<main>
<header><h1>${title}</h1><p class="summary">${rounds} rounds, step ${step}, tau ${tau}. A policy is a probability for each answer; a
preference says how often one answer beats another. No expectation is sampled: every pair of answers counts as often as the
policy draws it, and each round minimizes the loss itself. The gain is how much more often than one half the best reply beats
the policy; only the Nash policy has gain 0.</p></header>
<section><h2>Objectives</h2><div class="card scroll"><table><tbody>
${OBJECTIVES.map(({ id, summary }) => markup`<tr><th>${id}</th><td>${summary}</td></tr>\n`)}</tbody></table></div></section>
${games.map((game) => section(game, tau))}</main>
</body>
</html>
`.text;
}

function section(game: PlayedGame, tau: number): Markup {
  const [head, ...rows] = gamesTable(game) as [string[], ...string[][]];
  const triangles = game.actions.length === 3 ? game.runs.map((run) => simplexFigure(game, run)) : [];
  return markup`<section><h2>${game.name}</h2>
<p>Nash policy ${formatPolicy(game.nash)}; held to the reference with tau ${tau}, ${formatPolicy(game.regularizedNash)}.</p>
<div class="card scroll"><table class="numbers">
<thead><tr><th>beats</th>${game.actions.map((name) => markup`<th>${name}</th>`)}</tr></thead>
<tbody>
${game.preference.map((row, i) => markup`<tr><th>${game.actions[i]}</th>${row.map((wins) => markup`<td>${wins.toFixed(2)}</td>`)}</tr>\n`)}</tbody>
</table></div>
<h2>Exploitability</h2>
<div class="charts">${charts(game).map((chart) => lineChart(chart))}</div>
<div class="card scroll"><table class="numbers">
<thead><tr>${head.map((cell) => markup`<th>${cell}</th>`)}</tr></thead>
<tbody>
${rows.map(([name, ...cells]) => markup`<tr><th>${name}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>
${triangles.length > 0 ? markup`<p>Each corner plays one answer only. Thin: the policy of each round; thick: its average; the cross: the (regularized) Nash policy.</p><div class="simplexes">${triangles}</div>` : undefined}
</section>
`;
}

function charts({ runs }: PlayedGame): Chart[] {
  const regularized = runs.filter(({ regularizedGain }) => regularizedGain !== null);
  return [
    chart('Last policy', 'gain of the best reply, logarithmic', runs, ({ gain }) => gain),
    chart(
      'Average policy',
      'gain of the best reply to the mean of all rounds, logarithmic',
      runs,
      (run) => run.averageGain,
    ),
    ...(regularized.length > 0
      ? [
          chart('Regularized game', 'gain where both pay for divergence, logarithmic', regularized, (run) => [
            ...run.regularizedGain!,
          ]),
        ]
      : []),
  ];
}

/** Least value that is drawn. */
const FLOOR = 1e-12;

function chart(
  title: string,
  subtitle: string,
  runs: readonly GameRun[],
  valuesOf: (run: GameRun) => readonly number[],
): Chart {
  const series = runs.map((run) => ({
    name: run.objective,
    points: valuesOf(run).map((value, round) => {
      return { x: round, y: Math.log10(Math.max(value, FLOOR)), label: `round ${round}: ${value.toExponential(2)}` };
    }),
  }));
  const all = series.flatMap(({ points }) => points);
  return {
    title,
    subtitle,
    xName: 'round',
    x: stepAxis(all.map(({ x }) => x)),
    y: powersOfTen(all.map(({ y }) => y)),
    series,
    markers: false,
  };
}

/** An axis of logarithms, labelled by what they are the logarithms of. */
function powersOfTen(values: readonly number[]): Axis {
  const low = Math.floor(values.reduce((a, b) => Math.min(a, b)));
  const high = Math.max(low + 1, Math.ceil(values.reduce((a, b) => Math.max(a, b)) - 1e-9));
  const stride = Math.ceil((high - low) / 6);
  const ticks = [];
  for (let value = high; value >= low; value -= stride) {
    ticks.push({ value, label: value >= -3 ? String(Number((10 ** value).toPrecision(1))) : `1e${value}` });
  }
  return { low, high, ticks };
}
