import { expect, test } from 'vitest';

import { annotate } from '../../../bench/alpacaEval/annotate.ts';
import type { Comparison, Judge, Verdict } from '../../../src/judges/index.ts';

const verdict = ({ a, b }: Comparison): Verdict =>
  b === 'fail' ? { error: 'refused' } : { pFirst: a.length / (a.length + b.length), cost: { seconds: 1 } };

/** Prefers longer answers, counts what it is asked, and fails on an answer that says so. */
function lengthJudge(): Judge & { asked: Comparison[] } {
  const asked: Comparison[] = [];
  return {
    id: 'length',
    asked,
    compare: (items) => {
      asked.push(...items);
      return Promise.resolve(items.map(verdict));
    },
    dispose: () => undefined,
  };
}

const pair = (instruction: string, baseline: string, model: string) => ({
  instruction,
  dataset: 'koala',
  baseline,
  model,
});
const names = { model: 'mine', baseline: 'base' };

test('preferences are 1 plus the probability that the model’s output is better', async () => {
  const { rows, asked, failed } = await annotate(lengthJudge(), [pair('x', 'a', 'bbb')], names);
  expect(rows).toEqual([
    {
      instruction: 'x',
      output_1: 'a',
      generator_1: 'base',
      dataset: 'koala',
      output_2: 'bbb',
      generator_2: 'mine',
      annotator: 'length',
      preference: 1.75,
      time_per_example: 1,
    },
  ]);
  expect({ asked, failed }).toEqual({ asked: 1, failed: 0 });
});

test('equal outputs are a draw without asking, and a failure is no draw', async () => {
  const judge = lengthJudge();
  const { rows, failed } = await annotate(judge, [pair('x', 'a', 'a'), pair('y', 'a', 'fail')], names);
  expect(rows.map(({ preference }) => preference)).toEqual([1.5, null]);
  expect(rows[1]).toHaveProperty('error', 'refused');
  expect({ failed, asked: judge.asked.length }).toEqual({ failed: 1, asked: 1 });
});

test('a second run asks only what has no annotation by this judge of these outputs', async () => {
  const pairs = [pair('x', 'a', 'bb'), pair('y', 'a', 'fail')];
  const { rows: known } = await annotate(lengthJudge(), pairs, names);
  const judge = lengthJudge();
  const again = await annotate(judge, [...pairs, pair('x2', 'a', 'bb')], names, { known });
  expect(judge.asked.map(({ b }) => b)).toEqual(['fail', 'bb']);
  expect(again.rows[0]).toEqual(known[0]);
});
