import { markup, type Markup } from '../../src/loop/report/markup.ts';
import type { PlayedGame } from './playGames.ts';
import type { GameRun } from './playGame.ts';

const WIDTH = 320;
const HEIGHT = 290;
/** Corners of the triangle: where a policy plays one action only. */
const CORNERS = [
  { x: 160, y: 26 },
  { x: 28, y: 254 },
  { x: 292, y: 254 },
] as const;
const LABELS = [
  { x: 160, y: 16, anchor: 'middle' },
  { x: 28, y: 274, anchor: 'middle' },
  { x: 292, y: 274, anchor: 'middle' },
] as const;

/** The way of the policy, and of its average, over the triangle of all policies of three actions. */
export function simplexFigure(game: PlayedGame, run: GameRun): Markup {
  const aim = run.regularizedGain === null ? game.nash : game.regularizedNash;
  const [start, last] = [run.policies[0]!, run.policies.at(-1)!];
  const [nash, end, from] = [place(aim), place(last), place(start)];
  const [a, b, c] = CORNERS;
  return markup`<figure class="card chart">
<figcaption><strong>${run.objective}</strong><span>from the ring to the disc in ${run.policies.length - 1} rounds</span></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${describe(game, run)}">
<path class="edge" d="M${a.x} ${a.y}L${b.x} ${b.y}L${c.x} ${c.y}Z"/>
${game.actions.map((name, i) => markup`<text x="${LABELS[i]!.x}" y="${LABELS[i]!.y}" text-anchor="${LABELS[i]!.anchor}">${name}</text>`)}
<path class="way" d="${pathOf(run.policies)}"/>
<path class="way average" d="${pathOf(run.averages)}"/>
<circle class="start" cx="${from.x}" cy="${from.y}" r="4"/>
<circle class="end" cx="${end.x}" cy="${end.y}" r="4.5"/>
<path class="aim" d="M${nash.x - 6} ${nash.y}H${nash.x + 6}M${nash.x} ${nash.y - 6}V${nash.y + 6}"/>
</svg>
</figure>
`;
}

function place(policy: readonly number[]): { x: number; y: number } {
  const mean = (key: 'x' | 'y'): number => CORNERS.reduce((sum, corner, i) => sum + corner[key] * policy[i]!, 0);
  return { x: Math.round(10 * mean('x')) / 10, y: Math.round(10 * mean('y')) / 10 };
}

function pathOf(policies: readonly (readonly number[])[]): string {
  return policies
    .map(place)
    .map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${x} ${y}`)
    .join('');
}

function describe({ actions }: PlayedGame, { objective, policies }: GameRun): string {
  const shares = (policy: readonly number[]): string =>
    actions.map((name, i) => `${name} ${policy[i]!.toFixed(3)}`).join(', ');
  return `${objective}: from ${shares(policies[0]!)} to ${shares(policies.at(-1)!)}.`;
}
