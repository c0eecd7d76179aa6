import { LOSSES } from 'nashtune/losses';
import { expect, test } from 'vitest';

import { checkStepZero } from '../../src/training/stepZero.ts';

const batch = { ids: ['x/1'], lengths: [[5], [6]] };
const extra = {
  refChosenLogps: Float32Array.of(-10),
  refRejectedLogps: Float32Array.of(-12),
  chosenProbsWin: Float32Array.of(0.9),
  chosenProbsLose: Float32Array.of(0.1),
};
const same = [Float32Array.of(-10), Float32Array.of(-12)];
const dpo = { loss: { ...LOSSES.dpo, id: 'dpo' }, lossOptions: { beta: 0.1 } };
const sppo = { loss: { ...LOSSES.sppo, id: 'sppo' }, lossOptions: { beta: 0.05 } };

test('DPO must start at ln 2 and SPPO at ((pw - 1/2)^2 + (pl - 1/2)^2) / (2 beta^2)', () => {
  checkStepZero({ ...dpo, bf16: false }, batch, extra, { loss: Math.LN2, logps: same });
  checkStepZero({ ...sppo, bf16: false }, batch, extra, { loss: 0.32 / (2 * 0.0025), logps: same });
});

test('a loss that starts elsewhere stops the stage, says what was expected, and shows the log-ratios', () => {
  const logps = [Float32Array.of(-10), Float32Array.of(-11.5)];
  const start = (): void => checkStepZero({ ...dpo, bf16: false }, batch, extra, { loss: 0.7, logps });
  expect(start).toThrow(/must be 0\.693\d*, and it is 0\.7:.* x\/1 rejected 0\.500, x\/1 chosen 0\.00/);
});

test('in bfloat16 rounding noise passes, however much a loss makes of it, and more does not', () => {
  const at = (shift: number) => (): void =>
    checkStepZero({ ...sppo, bf16: true }, batch, extra, {
      loss: 999,
      logps: [Float32Array.of(-10 + shift), Float32Array.of(-12)],
    });
  // 2^-7 of 10 nats and 5 tokens.
  expect(at(0.11)).not.toThrow();
  expect(at(0.13)).toThrow(/^Step 0: /);
});
