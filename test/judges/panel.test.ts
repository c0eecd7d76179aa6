import { describe, expect, test } from 'vitest';

import type { Judge } from '../../src/judges/judge.ts';
import { createPanel } from '../../src/judges/panel.ts';
import { panelSummary } from '../../src/judges/panelSummary.ts';

/** A judge that always says the same about the comparisons in turn; null fails. */
function saying(id: string, ...answers: (number | null)[]): Judge {
  return {
    id,
    compare: (items) =>
      Promise.resolve(
        items.map((_, i) =>
          answers[i] === null
            ? { error: 'down', cost: { seconds: 1 } }
            : { pFirst: answers[i]!, cost: { seconds: 1, promptTokens: 5 } },
        ),
      ),
    dispose: () => {},
  };
}

const items = Array.from({ length: 3 }, (_, i) => ({ id: String(i), prompt: [], a: 'a', b: 'b' }));
const members = [
  { judge: saying('x', 0.9, 0.6, 0.5), weight: 2 },
  { judge: saying('y', 0.3, 0.4, null) },
  { judge: saying('z', 0.3, 0.4, 1) },
];

describe('a panel', () => {
  test('reads earlier answers where all of its members do', () => {
    const reading: Judge = { ...saying('reading', 1), readsEarlier: true };
    const [both, one] = [[{ judge: reading }], [{ judge: reading }, ...members]];
    expect([both, one].map((members) => createPanel({ members }).readsEarlier)).toEqual([true, false]);
  });

  test('takes the weighted mean, tells all votes and their spread, and adds costs up', async () => {
    const [first] = await createPanel({ members }).compare(items);
    expect(first!.pFirst).toBeCloseTo((2 * 0.9 + 0.3 + 0.3) / 4, 12);
    const raw = JSON.parse(first!.raw!) as { votes: object; disagreement: number };
    expect(raw.votes).toEqual({ x: 0.9, y: 0.3, z: 0.3 });
    expect(raw.disagreement).toBeCloseTo(0.3, 12);
    expect(first!.cost).toEqual({ seconds: 3, promptTokens: 15 });
  });

  test('takes the weighted majority, with ties for neither', async () => {
    const judge = createPanel({ members: members.map(({ judge }) => ({ judge })), combine: 'majority', quorum: 2 });
    expect((await judge.compare(items)).map(({ pFirst }) => pFirst)).toEqual([0, 0, 1]);
    const even = createPanel({ members: members.slice(0, 2).map(({ judge }) => ({ judge })), combine: 'majority' });
    expect((await even.compare(items))[0]!.pFirst).toBe(0.5);
  });

  test('has an error where fewer members than the quorum have a verdict', async () => {
    const strict = await createPanel({ members }).compare(items);
    expect(strict[2]).toMatchObject({ error: 'y: down' });
    expect(strict[2]).not.toHaveProperty('pFirst');
    const lenient = await createPanel({ members, quorum: 2 }).compare(items);
    expect(lenient[2]!.pFirst).toBeCloseTo(2 / 3, 12);
    expect(JSON.parse(lenient[2]!.raw!)).toMatchObject({ votes: { x: 0.5, y: null, z: 1 }, errors: { y: 'down' } });
  });

  test('is summed up: spread, splits, and how its members fare', async () => {
    const summary = panelSummary(await createPanel({ members, quorum: 2 }).compare(items));
    expect(summary.split).toBeCloseTo(2 / 3, 12);
    expect(summary.disagreement).toBeCloseTo((0.3 + 0.1 + Math.sqrt(2) / 6) / 3, 12);
    expect(summary.members).toEqual({
      x: { errors: 0, agreement: 1 },
      y: { errors: 1, agreement: 0 },
      z: { errors: 0, agreement: 0.5 },
    });
  });

  test('refuses members that make no panel, all faults at once', () => {
    expect(() => createPanel({ members: [] })).toThrow(/needs members.*quorum must be 1 to 0/);
    const twice = [members[0]!, { judge: saying('x'), weight: -1 }];
    expect(() => createPanel({ members: twice })).toThrow(
      /"x" is in it twice; the weight of "x" must be positive, got -1/,
    );
  });
});
