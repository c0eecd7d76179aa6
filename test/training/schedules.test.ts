import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { createSchedule } from '../../src/training/index.ts';

const { schedules } = JSON.parse(readFileSync(new URL('../golden/adamw.json', import.meta.url), 'utf8')) as {
  schedules: { total: number; warmup: number; rates: number[] }[];
};

test.each(schedules)('the linear schedule of $total steps, $warmup of warm-up, is that of transformers', (golden) => {
  const { total, warmup: warmupSteps } = golden;
  const [unit, small] = [1, 5e-7].map((peak) => createSchedule({ name: 'linear', peak, total, warmupSteps }));
  golden.rates.forEach((rate, i) => {
    expect(unit!(i + 1)).toBeCloseTo(rate, 12);
    expect(small!(i + 1)).toBeCloseTo(5e-7 * rate, 18);
  });
});
