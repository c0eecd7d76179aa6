import { beforeAll, describe, expect } from 'vitest';

import { startEngine } from '../../src/engine/index.ts';

const OFF = process.env.NASHTUNE_NATIVE === 'off';

/**
 * `describe` for what needs the native library: fails without it. With `NASHTUNE_NATIVE=off` it does not run, and one line
 * says what was not tested.
 */
export function describeNative(name: string, tests: () => void): void {
  if (OFF) {
    process.stdout.write(`Not tested, because NASHTUNE_NATIVE=off: ${name}\n`);
    describe.skip(name, tests);
    return;
  }
  describe(name, () => {
    beforeAll(async () => {
      const engine = await startEngine({ device: 'cpu' });
      expect(engine.backend).toBe('tensorflow');
    });
    tests();
  });
}
