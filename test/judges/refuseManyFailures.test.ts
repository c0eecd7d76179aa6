import { expect, test } from 'vitest';

import { refuseManyFailures } from '../../src/judges/refuseManyFailures.ts';

const GOOD = { pFirst: 0.5 };

test.each([
  ['the share that may', [{ error: 'x' }, GOOD, GOOD, GOOD], 0.25],
  ['none of none', [], 0],
  ['all but one where all may', [{ error: 'x' }, { error: 'x' }, GOOD], 1],
])('failures are let pass: %s', (_, verdicts, maxFailed) => {
  expect(() => refuseManyFailures(verdicts, { maxFailed })).not.toThrow();
});

test('more failures than may are refused with their reasons, probabilities that are none among them', () => {
  const verdicts = [{ error: 'refused' }, { pFirst: 1.7 }, { pFirst: NaN }, { error: 'refused' }, GOOD];
  expect(() => refuseManyFailures(verdicts, { maxFailed: 0.3 })).toThrow(
    expect.objectContaining({
      code: 'judge.failures',
      message:
        'The judge failed on 4 of 5 questions; a share of 0.3 may fail:\n  2 times: refused\n' +
        '  1 times: the judge gave 1.7 for a probability\n  1 times: the judge gave NaN for a probability\n' +
        'Mend the judge or the data, or raise maxFailed.',
    }),
  );
});

test('a judge that fails on everything is refused, whatever may fail', () => {
  expect(() => refuseManyFailures([{ error: 'x' }], { maxFailed: 1 })).toThrow('failed on all 1 questions:\n  1 times');
  expect(() => refuseManyFailures([], { maxFailed: 1.1 })).toThrow(RangeError);
});
