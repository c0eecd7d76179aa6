import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { hashFile } from 'nashtune/loop';
import { expect, test } from 'vitest';

import { temporaryFolder } from '../base/temporaryFolder.ts';

test('a file is named by the start of its SHA-256', async () => {
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, 'abc');
  // FIPS 180-2, appendix B.1: ba7816bf 8f01cfea ...
  expect(await hashFile(path)).toBe('ba7816bf8f01cfea');
});
