import { expect, test } from 'vitest';

import { cyclicGame, randomGame } from '../../../bench/games/matrixGame.ts';
import { OBJECTIVES } from '../../../bench/games/objectives.ts';
import { playGames } from '../../../bench/games/playGames.ts';
import { renderGames } from '../../../bench/games/renderGames.ts';

const options = { rounds: 20, step: 0.3, tau: 0.1 };

test('the page has a curve for each objective, triangles for three actions, and asks for nothing', async () => {
  const named = { ...cyclicGame(), name: 'cyclic <game>' };
  const page = renderGames(await playGames([named, randomGame(4, 1)], OBJECTIVES, options), options);
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/<script|https?:|NaN|undefined|Infinity/);
  expect(page).toContain('cyclic &lt;game&gt;');
  expect(page).toContain('prefers-color-scheme: dark');
  // Two charts of all objectives and one of the regularized ones, for each game.
  expect(page.match(/<path class="line s\d" d="M\d+\.\d \d/g)).toHaveLength(2 * (2 * 6 + 2));
  expect(page.match(/class="way"/g)).toHaveLength(6);
  expect(page.match(/class="way average"/g)).toHaveLength(6);
  const [path] = /(?<=class="way" d=")[^"]+/.exec(page)!;
  const points = path.split(/[ML]/).slice(1);
  expect(points).toHaveLength(21);
  // The start (0.6, 0.3, 0.1) lies between the corners (160, 26), (28, 254) and (292, 254).
  expect(points[0]).toBe('133.6 117.2');
  for (const tag of ['section', 'figure', 'svg', 'table', 'div', 'p']) {
    const count = (pattern: string): number => page.match(new RegExp(pattern, 'g'))?.length ?? 0;
    expect(count(`<${tag}[ >]`), tag).toBe(count(`</${tag}>`));
  }
});

test('options out of range are refused, all at once', async () => {
  await expect(playGames([], [], { rounds: 0, step: -1, tau: 0.1 })).rejects.toThrow(
    /^playGames: step must be above 0 and at most 10, got -1; .*rounds must be a whole number above 0, got 0\./,
  );
});
