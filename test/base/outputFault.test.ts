import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { outputFault } from '../../src/base/outputFault.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const failure = async (attempt: Promise<unknown>): Promise<Error> => {
  try {
    await attempt;
  } catch (error) {
    return error as Error;
  }
  throw new Error('It did not fail.');
};

describe('outputFault', () => {
  test('names the folder and the way out when a write to a full device fails', async ({ skip }) => {
    skip(process.platform !== 'linux', '/dev/full is a Linux device');
    const error = await failure(writeFile('/dev/full', 'text'));
    expect(outputFault(error, '/dev')).toMatchObject({
      name: 'UserError',
      code: 'output.unwritable',
      cause: error,
      message:
        'Cannot write to the output folder "/dev": the disk is full. ' +
        'Free some space, or choose a folder on another disk. (ENOSPC: no space left on device, write)',
    });
  });

  test('takes a file in place of the folder as a fault of the user', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    // One after the other: one that fails while another is waited for would be a rejection that nobody handles.
    const attempts = [() => mkdir(join(file, 'run'), { recursive: true }), () => readdir(file), () => mkdir(file)];
    for (const attempt of attempts) {
      const fault = outputFault(await failure(attempt()), file);
      expect(fault).toMatchObject({ code: 'output.unwritable' });
      expect(String(fault)).toContain('is a file. Choose another folder');
    }
  });

  test('leaves alone a missing file inside the folder, a fault elsewhere and what is no fault of the system', async () => {
    const folder = await temporaryFolder();
    const missing = await failure(readFile(join(folder, 'missing')));
    expect(outputFault(missing, folder)).toBe(missing);
    const elsewhere = await failure(mkdir(folder));
    expect(outputFault(elsewhere, `${folder}-2`)).toBe(elsewhere);
    const other = new RangeError('off by one');
    expect(outputFault(other, folder)).toBe(other);
    expect(outputFault('text', folder)).toBe('text');
  });
});
