import { describe, expect, test } from 'vitest';

import { randomStream } from '../../src/base/seed.ts';
import { lengthBatches } from '../../src/judges/lengthBatches.ts';

const random = randomStream(1, 'lengthBatches test');
const drawn = Array.from({ length: 300 }, () => 1 + random.integer(1500));

describe('batches', () => {
  test('hold each row once, none longer than their length, and no more tokens than allowed', () => {
    const batches = lengthBatches(drawn, 4096);
    const rows = batches.flatMap((batch) => batch.rows);
    expect(rows.toSorted((a, b) => a - b)).toEqual(drawn.map((_, i) => i));
    for (const { rows: held, size, length } of batches) {
      expect(held.length).toBeLessThanOrEqual(size);
      expect(size * length).toBeLessThanOrEqual(4096);
      expect(Math.max(...held.map((row) => drawn[row]!))).toBeLessThanOrEqual(length);
    }
  });

  test('compute few tokens of padding', () => {
    const computed = lengthBatches(drawn, 4096).reduce((sum, { size, length }) => sum + size * length, 0);
    const needed = drawn.reduce((a, b) => a + b, 0);
    expect(computed / needed).toBeLessThan(1.1);
  });

  test('take the twenty ordered pairs of five answers in few padded tokens', () => {
    const answers = [40, 90, 150, 200, 400];
    const lengths = answers.flatMap((a, i) => answers.flatMap((b, j) => (i === j ? [] : [120 + a + b])));
    const batches = lengthBatches(lengths, 4096);
    const computed = batches.reduce((sum, { size, length }) => sum + size * length, 0);
    const inOne = Math.max(...lengths) * lengths.length;
    expect(computed / lengths.reduce((a, b) => a + b, 0)).toBeLessThan(1.12);
    expect(computed).toBeLessThan(0.7 * inOne);
  });

  test('exist for one row, for none, and for rows longer than a batch', () => {
    expect(lengthBatches([5], 4096)).toEqual([{ rows: [0], size: 1, length: 32 }]);
    expect(lengthBatches([], 4096)).toEqual([]);
    expect(lengthBatches([300, 300], 100).map(({ size }) => size)).toEqual([1, 1]);
  });
});
