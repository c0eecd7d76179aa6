import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { alpacaEvalOrder } from '../../../src/judges/llm/alpacaEval.ts';
import { pythonRandom } from '../../../src/judges/llm/pythonRandom.ts';

const golden = JSON.parse(readFileSync(new URL('../../golden/pythonRandom.json', import.meta.url), 'utf8')) as {
  switch_vectors: { instruction: string; seed: number; first_random: number; is_switched: boolean }[];
};

describe('random numbers seeded by a text', () => {
  test.each(golden.switch_vectors)('are those of Python for "$instruction", seed $seed', (vector) => {
    const next = pythonRandom(`is_switched_outputs${vector.instruction}${vector.seed}`);
    expect(next()).toBe(vector.first_random);
    expect(alpacaEvalOrder(vector.instruction, vector.seed)).toBe(vector.is_switched ? 'ba' : 'ab');
  });

  test('go on as in Python beyond the first block of the generator', () => {
    // python3 -c "import random; r = random.Random('nashtune'); x = [r.random() for _ in range(1000)]; print(x[-1])"
    const next = pythonRandom('nashtune');
    const values = Array.from({ length: 1000 }, next);
    expect(values.at(-1)).toBe(0.4311346540775305);
    expect(values.reduce((sum, value) => sum + value, 0)).toBe(499.57491951586735);
  });
});
