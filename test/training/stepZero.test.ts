import { LOSSES } from 'nashtune/losses';
import { expect, test } from 'vitest';

import { checkStepZero } from '../../src/training/stepZero.ts';

const extra = {
  refChosenLogps: Float32Array.of(-10),
  refRejectedLogps: Float32Array.of(-12),
  chosenProbsWin: Float32Array.of(0.9),
  chosenProbsLose: Float32Array.of(0.1),
};

test('DPO must start at ln 2 and SPPO at ((pw - 1/2)^2 + (pl - 1/2)^2) / (2 beta^2)', () => {
  checkStepZero({ loss: LOSSES.dpo, lossOptions: { beta: 0.1 }, extra, examples: 1, found: Math.LN2 });
  checkStepZero({ loss: LOSSES.sppo, lossOptions: { beta: 0.05 }, extra, examples: 1, found: 0.32 / (2 * 0.0025) });
});

test('a loss that starts elsewhere stops the stage and says what was expected', () => {
  const start = (): void =>
    checkStepZero({ loss: LOSSES.dpo, lossOptions: { beta: 0.1 }, extra, examples: 1, found: 0.7 });
  expect(start).toThrow(/must be 0\.693\d*, and it is 0\.7/);
});
