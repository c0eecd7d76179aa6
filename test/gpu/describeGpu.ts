import { describe } from 'vitest';

import { UserError } from '../../src/base/userError.ts';
import { startEngine } from '../../src/engine/index.ts';

/** `describe` on the first GPU. Where none is usable nothing runs, and one line says why. */
export async function describeGpu(name: string, tests: () => void): Promise<void> {
  try {
    const { device } = await startEngine({ device: 'gpu', fetch: false });
    describe(`${name}, on ${device}`, tests);
  } catch (error) {
    if (!(error instanceof UserError && error.code === 'engine.noGpu')) throw error;
    process.stdout.write(`Not tested: ${name}. ${error.message}\n`);
    describe.skip(name, tests);
  }
}
