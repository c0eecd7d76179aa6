import { expect, test } from 'vitest';

import { runMain } from '../../runMain.ts';

test('an unknown benchmark is answered with those there are', async () => {
  const { exitCode, stderr } = await runMain(['bench', 'cook']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('train, generate, startup');
});

test('the startup of no start at all is refused', async () => {
  const { exitCode, stderr } = await runMain(['bench', 'startup', '--steps', '0']);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: '--steps: expected a whole number of at least 1, got 0.\n',
  });
});
