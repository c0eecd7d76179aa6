import { expect, test } from 'vitest';

import { collapseAlarm } from '../../../src/loop/monitors/index.ts';

test('an entropy below a quarter of the base is named with both figures', () => {
  expect(collapseAlarm({ entropy: 0.2, base: 1, previous: 0.25 })).toMatch(/0\.200 nats .* 1\.000 in the base policy/);
  expect(collapseAlarm({ entropy: 0.25, base: 1, previous: 0.3 })).toBeUndefined();
});

test('a fall below half of the round before is named too', () => {
  expect(collapseAlarm({ entropy: 0.4, base: 1, previous: 0.9 })).toMatch(/0\.900 in the round before/);
});

test('nothing is said without figures to compare with', () => {
  expect(collapseAlarm({ entropy: 0 })).toBeUndefined();
  expect(collapseAlarm({ entropy: NaN, base: 1, previous: NaN })).toBeUndefined();
});
