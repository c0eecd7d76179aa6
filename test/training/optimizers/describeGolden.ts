import { expect, test } from 'vitest';

import type { OptimizerName } from '../../../src/training/index.ts';
import { describeEverywhere } from '../../engine/nativeTests.ts';
import { golden, shareOfRounding, startRun, valuesOf } from './goldenOptimizers.ts';

/** Runs the golden cases of an optimizer in every way that a compiled function may run. */
export function describeGolden(name: OptimizerName, source: string): void {
  const cases = golden.optimizers.filter(({ settings }) => settings.name === name);
  describeEverywhere(`twenty steps of ${name}`, (mode) => {
    test.each(cases)(`agree with ${source}: $title`, ({ settings, rates, float32, float64 }) => {
      const run = startRun(settings, mode);
      rates.forEach((rate, i) => {
        const at = i + 1;
        run.take(at, rate);
        const exact = float64[at];
        if (!exact) return;
        const torch = new Map(Object.entries(float32[at]!).map(([key, values]) => [key, Float32Array.from(values)]));
        expect(shareOfRounding(torch, exact, at), `torch's own step ${at}`).toBeLessThan(1);
        expect(shareOfRounding(valuesOf(run.parameters), exact, at), `step ${at}`).toBeLessThan(1);
      });
      run.dispose();
    });
  });
  test(`there are golden cases of ${name}`, () => expect(cases.length).toBeGreaterThan(1));
}
