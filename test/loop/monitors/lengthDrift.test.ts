import { expect, test } from 'vitest';

import { lengthDrift } from '../../../src/loop/monitors/index.ts';

const answer = (prompt_id: string, tokens: number) => ({ prompt_id, token_ids: Array<number>(tokens).fill(7) });

test('only prompts in common count, each once however many answers it has', () => {
  const answers = [answer('a', 10), answer('a', 30), answer('b', 40), answer('new', 500)];
  const others = [answer('a', 10), answer('b', 20), answer('gone', 500)];
  expect(lengthDrift(answers, others)).toBe(2);
  expect(lengthDrift(others, answers)).toBe(0.5);
});

test('nothing in common, or empty answers to compare with, give no figure', () => {
  expect(lengthDrift([answer('a', 1)], [answer('b', 1)])).toBeNaN();
  expect(lengthDrift([answer('a', 1)], [answer('a', 0)])).toBeNaN();
});
