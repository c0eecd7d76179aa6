import { describe, expect, test } from 'vitest';

import { compareByScores } from '../../src/judges/compareByScores.ts';
import type { Answer, Comparison } from '../../src/judges/judge.ts';

const item = (a: string, b: string, id = '1'): Comparison => ({ id, prompt: [], a, b });

/** Scores answers by the number that they are. */
function scorer(): { asked: Answer[]; score: (items: readonly Answer[]) => Promise<{ score: number }[]> } {
  const asked: Answer[] = [];
  return {
    asked,
    score: (items) => {
      asked.push(...items);
      return Promise.resolve(items.map(({ answer }) => ({ score: Number(answer) })));
    },
  };
}

describe('preferences from scores', () => {
  test('follow Bradley and Terry, and are antisymmetric', async () => {
    const compare = compareByScores(scorer(), { temperature: 2 });
    const [ab, ba, same, far] = await compare([item('3', '1'), item('1', '3'), item('2', '2'), item('1e6', '-1e6')]);
    expect(ab!.pFirst).toBeCloseTo(Math.E / (1 + Math.E), 15);
    expect(ab!.pFirst! + ba!.pFirst!).toBeCloseTo(1, 15);
    expect([same!.pFirst, far!.pFirst]).toEqual([0.5, 1]);
  });

  test('are certain at temperature 0, except within a tie', async () => {
    const compare = compareByScores(scorer(), { temperature: 0, tieWithin: 0.1 });
    const verdicts = await compare([item('1', '1.05'), item('1', '1.2'), item('2', '1')]);
    expect(verdicts.map(({ pFirst }) => pFirst)).toEqual([0.5, 0, 1]);
  });

  test('ask for the score of an answer once for each id', async () => {
    const inner = scorer();
    await compareByScores(inner, { temperature: 1 })([item('1', '2'), item('2', '3'), item('2', '3', 'other')]);
    expect(inner.asked.map(({ id, answer }) => id + answer)).toEqual(['11', '12', '13', 'other2', 'other3']);
  });

  test('are of answers behind their own earlier ones, where these differ', async () => {
    const inner = scorer();
    const prompt = ['q', 'said', 'then?'].map((content, at) => ({ role: at === 1 ? 'assistant' : 'user', content }));
    const earlier = { a: ['first of a'], b: ['first of b'] };
    await compareByScores(inner, { temperature: 1 })([{ ...item('1', '1'), prompt, earlier }]);
    const shown = inner.asked.map((answer) => answer.prompt.map(({ content }) => content));
    expect(shown).toEqual([
      ['q', 'first of a', 'then?'],
      ['q', 'first of b', 'then?'],
    ]);
    expect(prompt[1]!.content).toBe('said');
  });

  test('are errors, not ties, where a score is missing or no number', async () => {
    const [verdict] = await compareByScores(scorer(), { temperature: 1 })([item('1', 'x')]);
    expect(verdict).toMatchObject({ error: 'score NaN' });
    expect(verdict).not.toHaveProperty('pFirst');
    expect(() => compareByScores(scorer(), { temperature: -1 })).toThrow(RangeError);
  });
});
