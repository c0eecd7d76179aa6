import { LOSSES } from 'nashtune/losses';
import { expect, test } from 'vitest';

import { checkStepZero } from '../../src/loop/stepZero.ts';

const pair = {
  id: 'x/1',
  prompt_id: 'x',
  prompt: [{ role: 'user', content: 'Q' }],
  chosen: 'a',
  rejected: 'b',
  chosen_sample_id: null,
  rejected_sample_id: null,
  p_chosen: 0.9,
  p_rejected: 0.1,
  p_chosen_beats_rejected: 0.95,
  weight: 1,
  round: 1,
  provenance: 'test',
};
const extra = {
  refChosenLogps: Float32Array.of(-10),
  refRejectedLogps: Float32Array.of(-12),
  chosenProbsWin: Float32Array.of(0.9),
  chosenProbsLose: Float32Array.of(0.1),
};

test('DPO must start at ln 2 and SPPO at ((pw - 1/2)^2 + (pl - 1/2)^2) / (2 beta^2)', () => {
  checkStepZero({ loss: LOSSES.dpo, lossOptions: { beta: 0.1 }, pairs: [pair], extra, found: Math.LN2 });
  checkStepZero({ loss: LOSSES.sppo, lossOptions: { beta: 0.05 }, pairs: [pair], extra, found: 0.32 / (2 * 0.0025) });
});

test('a loss that starts elsewhere stops the stage and says what was expected', () => {
  const start = (): void =>
    checkStepZero({ loss: LOSSES.dpo, lossOptions: { beta: 0.1 }, pairs: [pair], extra, found: 0.7 });
  expect(start).toThrow(/must be 0\.693\d*, and it is 0\.7/);
});
