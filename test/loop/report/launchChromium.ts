import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createBrotliDecompress } from 'node:zlib';

import { chromium, type Browser } from 'playwright-core';

import { replaceAtomic } from '../../../src/base/writeFileAtomic.ts';

/**
 * Starts a headless Chromium: on 64-bit Linux the one of the package @sparticuz/chromium, unpacked once into the folder for
 * temporary files, elsewhere an installed Chrome. Where none starts, it says why and returns undefined.
 */
export async function launchChromium(): Promise<Browser | undefined> {
  try {
    const isPackaged = process.platform === 'linux' && process.arch === 'x64';
    return await chromium.launch(isPackaged ? { executablePath: await unpacked() } : { channel: 'chrome' });
  } catch (error) {
    console.log(`No Chromium starts here, so pages are not opened: ${String(error)}`);
    return undefined;
  }
}

/** The package's own way to unpack leaves a broken file where it is interrupted, or done twice at once. */
async function unpacked(): Promise<string> {
  const packed = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '../../bin/chromium.br');
  const path = join(tmpdir(), 'nashtune-chromium-147.0.0');
  if (!existsSync(path)) {
    await replaceAtomic(path, (temporary) =>
      pipeline(createReadStream(packed), createBrotliDecompress(), createWriteStream(temporary, { mode: 0o700 })),
    );
  }
  return path;
}
