import { expect, test } from 'vitest';

import { roundPrompts, type RoundPromptsOptions } from '../../../src/loop/rounds/roundPrompts.ts';
import { promptRow } from '../loopFixtures.ts';

const prompts = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ prompt: promptRow(id), tokenIds: [1], cutTokens: 0 }));
const take = (options: Partial<RoundPromptsOptions>): string =>
  roundPrompts({ prompts, round: 1, order: 'fresh', gaps: new Map(), seed: 1, ...options })
    .map(({ prompt }) => prompt.id)
    .join('');

test('all prompts are taken unless a number is given', () => {
  expect(take({ round: 3 })).toBe('abcde');
  expect(take({ promptsPerRound: 9 })).toBe('abcde');
});

test('fresh prompts are the next ones, and begin again after the last', () => {
  expect([1, 2, 3].map((round) => take({ round, promptsPerRound: 2 }))).toEqual(['ab', 'cd', 'ea']);
});

test('reused prompts are the same in every round', () => {
  expect([1, 2].map((round) => take({ round, promptsPerRound: 2, order: 'reused' }))).toEqual(['ab', 'ab']);
});

test('a curriculum draws prompts as often as their answers differ, each at most once in a round', () => {
  const gaps = new Map([
    ['a', 0.9],
    ['b', 0.1],
    ['c', 0],
    ['d', 0],
  ]);
  const drawn: Record<string, number> = {};
  for (let round = 2; round < 402; round++) {
    const ids = take({ round, promptsPerRound: 2, order: 'curriculum', gaps });
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) drawn[id] = (drawn[id] ?? 0) + 1;
  }
  // The unknown prompt e counts as the mean, 0.25.
  expect(drawn['a']).toBeGreaterThan(340);
  expect(drawn['e']).toBeGreaterThan(drawn['b']!);
  expect(drawn['b']).toBeGreaterThan(10 * (drawn['c'] ?? 0));
});

test('before anything was judged, a curriculum takes fresh prompts', () => {
  expect(take({ round: 1, promptsPerRound: 2, order: 'curriculum' })).toBe('ab');
});
