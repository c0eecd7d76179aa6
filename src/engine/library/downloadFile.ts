import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';

import { UserError } from '../../base/userError.ts';
import { fsyncPath } from '../../base/writeFileAtomic.ts';
import { fetchPatiently, TransientError } from './fetchPatiently.ts';

interface DownloadOptions {
  url: string;
  /** Where the whole, checked file will appear; until then its bytes are in `<path>.part`. */
  path: string;
  sha256: string;
  /** Bytes, or null when unknown. */
  size: number | null;
  /** Told the bytes received so far, those of earlier attempts included, and the whole size once it is known. */
  onBytes: (receivedBytes: number, totalBytes: number | null) => void;
}

/**
 * Downloads a file, going on where an earlier attempt (of this or another process) broke off.
 *
 * @throws {UserError} `engine.download` when it cannot be had, `engine.checksum` when it is not the file expected
 */
export async function downloadFile({ url, path, sha256, size, onBytes }: DownloadOptions): Promise<void> {
  const part = `${path}.part`;
  let offset = 0;
  const headers = async (): Promise<Record<string, string>> => {
    offset = await sizeOf(part);
    return offset > 0 ? { range: `bytes=${offset}-` } : {};
  };
  const transfer = (): Promise<void> =>
    fetchPatiently(url, headers, (response, alive) => receive({ response, alive, part, offset, size, onBytes }));
  const earlier = await sizeOf(part);
  // The part is whole when a process was killed between the last byte and the rename.
  if (size === null || earlier < size) await transfer();
  if (earlier > 0 && (await hashFile(part)) !== sha256) {
    await rm(part); // what lay there was no part of this file
    await transfer();
  }
  await verifyChecksum(part, sha256, url);
  await fsyncPath(part);
  await rename(part, path);
}

interface Transfer {
  response: Response;
  alive: () => void;
  part: string;
  offset: number;
  size: number | null;
  onBytes: DownloadOptions['onBytes'];
}

async function receive({ response, alive, part, offset, size, onBytes }: Transfer): Promise<void> {
  const resumed = response.status === 206 && startsAt(response, offset);
  if (offset > 0 && response.status !== 200 && !resumed) {
    await response.body?.cancel();
    await rm(part, { force: true });
    throw new TransientError('cannot continue the broken transfer');
  }
  let received = resumed ? offset : 0;
  const length = response.headers.get('content-length');
  const total = size ?? (length === null ? null : received + Number(length));
  const file = await open(part, resumed ? 'a' : 'w');
  try {
    for await (const chunk of response.body ?? []) {
      await file.writeFile(chunk);
      received += chunk.length;
      alive();
      onBytes(received, total);
    }
  } finally {
    await file.close();
  }
  if (total !== null && received < total)
    throw new TransientError(`connection closed at ${received} of ${total} bytes`);
}

function startsAt(response: Response, offset: number): boolean {
  return response.headers.get('content-range')?.startsWith(`bytes ${offset}-`) === true;
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** SHA-256 of a file, hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Deletes the file and throws when it is not the one expected. */
export async function verifyChecksum(path: string, sha256: string, origin: string): Promise<void> {
  const found = await hashFile(path);
  if (found === sha256) return;
  await rm(path, { force: true });
  throw new UserError(
    'engine.checksum',
    `The file from ${origin} is not the one expected: SHA-256 should be ${sha256}, and is ${found}. It was deleted. ` +
      'Try again; if it stays so, a proxy or mirror alters the file: set NASHTUNE_WHEEL_INDEX to another index.',
  );
}
