import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';

/** What a file's bytes must hash to. */
export interface Checksum {
  /** `gitBlob` is the id that git gives to a file: the SHA-1 of its length and its bytes. */
  algorithm: 'sha256' | 'gitBlob';
  /** Hexadecimal, lower case. */
  hex: string;
}

/** A file that is not the one expected. */
export class ChecksumFault extends Error {
  /** Where the file came from. */
  readonly origin: string;
  readonly expected: Checksum;
  /** What it hashed to. */
  readonly found: string;

  constructor(origin: string, expected: Checksum, found: string) {
    super(`${origin}: ${expected.algorithm} should be ${expected.hex}, and is ${found}`);
    this.origin = origin;
    this.expected = expected;
    this.found = found;
  }
}

/** Checksum of a file, hexadecimal. */
export async function checksumOf(
  path: string,
  algorithm: Checksum['algorithm'],
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm === 'gitBlob' ? 'sha1' : algorithm);
  if (algorithm === 'gitBlob') hash.update(`blob ${(await stat(path)).size}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/**
 * Deletes the file when it is not the one expected.
 *
 * @throws {ChecksumFault} that names `origin`
 */
export async function verifyChecksum(
  path: string,
  expected: Checksum,
  origin: string,
  signal?: AbortSignal,
): Promise<void> {
  const found = await checksumOf(path, expected.algorithm, signal);
  if (found === expected.hex) return;
  await rm(path, { force: true });
  throw new ChecksumFault(origin, expected, found);
}
