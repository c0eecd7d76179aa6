import { expect, test } from 'vitest';

import { describeSampling } from '../../src/sampling/index.ts';

test('only what differs from plain sampling is named', () => {
  expect(describeSampling({ temperature: 1 })).toBe('nashtune temperature=1');
  expect(describeSampling({ temperature: 1, topP: 1, minP: 0, repetitionPenalty: 1 })).toBe('nashtune temperature=1');
  expect(describeSampling({ temperature: 0.7, topK: 40, topP: 0.9, minP: 0.05, repetitionPenalty: 1.1 })).toBe(
    'nashtune temperature=0.7 top_k=40 top_p=0.9 min_p=0.05 repetition_penalty=1.1',
  );
});
