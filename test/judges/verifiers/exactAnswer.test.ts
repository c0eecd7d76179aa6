import { expect, test } from 'vitest';

import { createExactAnswerVerifier } from '../../../src/judges/verifiers/exactAnswer.ts';
import { scoresOf } from './scoresOf.ts';

test('answers are equal but for case, white space and the full stop', async () => {
  const judge = createExactAnswerVerifier({ expected: () => 'New  York' });
  const answers = ['new york.', 'I say \\boxed{New York}', '#### new york', 'York', 'New York City'];
  expect(await scoresOf(judge, ...answers)).toEqual([1, 1, 1, 0, 0]);
});

test('equality may be one of one’s own, and a missing reference is an error', async () => {
  const judge = createExactAnswerVerifier({
    expected: ({ id }) => (id === '0' ? 'a-b' : undefined),
    normalize: (t) => t.replaceAll('-', ''),
  });
  expect(await scoresOf(judge, 'ab', 'ab')).toEqual([1, 'no reference answer']);
});
