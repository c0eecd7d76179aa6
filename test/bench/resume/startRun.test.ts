import { expect, test } from 'vitest';

import { startRun } from '../../../bench/resume/startRun.ts';

test('a command that ends tells its code and the last line that it printed', async () => {
  const { code, output, lastLine } = await startRun(['run', 'no-such-recipe']);
  expect(code).toBe(2);
  expect(output).toContain('no-such-recipe');
  expect(output.trimEnd().endsWith(lastLine)).toBe(true);
});

test('a command that is killed has no code', async () => {
  const { code, seconds, lastLine } = await startRun(['recipes'], 0.02);
  expect(code).toBeNull();
  expect(seconds).toBeLessThan(5);
  expect(lastLine).toBe('');
});
