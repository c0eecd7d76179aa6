import { open, rename, rm, stat } from 'node:fs/promises';

import { checksumOf, verifyChecksum, type Checksum } from './checksum.ts';
import { fetchPatiently, TransientError } from './fetchPatiently.ts';
import { fsyncPath } from './writeFileAtomic.ts';

interface DownloadOptions {
  url: string;
  /** Where the whole, checked file will appear. */
  path: string;
  /** Where its bytes are until then, in the same folder. Default `<path>.part`. */
  part?: string | undefined;
  checksum: Checksum;
  /** Bytes, or null when unknown. */
  size: number | null;
  /** fetch drops `authorization` where a redirect leads to another origin. */
  headers?: Record<string, string> | undefined;
  /** Told the bytes received so far, those of earlier attempts included, and the whole size once it is known. */
  onBytes: (receivedBytes: number, totalBytes: number | null) => void;
  signal?: AbortSignal | undefined;
  /** Milliseconds of silence after which a connection is given up. Default 60,000. */
  stallMs?: number | undefined;
}

/**
 * Downloads a file, going on where an earlier attempt (of this or another process) broke off.
 *
 * @throws {FetchFault} when it cannot be had, {ChecksumFault} when it is not the file expected, and the reason of `signal`
 */
export async function downloadFile(options: DownloadOptions): Promise<void> {
  const { url, path, part = `${path}.part`, checksum, size, headers, onBytes, signal, stallMs } = options;
  let offset = 0;
  let furthest = 0;
  const withRange = async (): Promise<Record<string, string>> => {
    offset = (await sizeOf(part)) ?? 0;
    furthest = Math.max(furthest, offset);
    return offset > 0 ? { ...headers, range: `bytes=${offset}-` } : { ...headers };
  };
  const transfer = (): Promise<void> =>
    fetchPatiently(url, { headers: withRange, signal, stallMs }, (response, alive) => {
      const onReceived = (received: number, total: number | null): void => {
        // A transfer that starts over and over makes no progress until it is past the point where it broke off.
        alive(received > furthest);
        furthest = Math.max(furthest, received);
        onBytes(received, total);
      };
      return receive({ response, part, offset, size, onReceived });
    });
  const earlier = await sizeOf(part);
  // The part is whole when a process was killed between the last byte and the rename.
  if (size === null || earlier === null || earlier < size) await transfer();
  if (earlier !== null && earlier > 0 && (await checksumOf(part, checksum.algorithm, signal)) !== checksum.hex) {
    await rm(part); // what lay there was no part of this file
    furthest = 0;
    await transfer();
  }
  await verifyChecksum(part, checksum, url, signal);
  await fsyncPath(part);
  await rename(part, path);
}

interface Transfer {
  response: Response;
  part: string;
  offset: number;
  size: number | null;
  onReceived: DownloadOptions['onBytes'];
}

async function receive({ response, part, offset, size, onReceived }: Transfer): Promise<void> {
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
      onReceived(received, total);
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

async function sizeOf(path: string): Promise<number | null> {
  return (await stat(path).catch(() => null))?.size ?? null;
}
