import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { Decompress } from 'fzstd';

import { UserError } from '../../src/base/userError.ts';
import { reasonOf } from '../listProblems.ts';
import type { ByteSource } from './byteSource.ts';

/** Compressed bytes handed to the Zstandard decoder at a time: it calls itself for every frame in them. */
const ZSTD_CHUNK_BYTES = 1 << 15;
const GZIP_CHUNK_BYTES = 1 << 18;

/**
 * The bytes of a file, unpacked when they are gzip or Zstandard, which their first bytes tell; several members or frames
 * are read as one. Checksums of gzip are verified, those of Zstandard are not.
 *
 * @throws {UserError} when the compressed file is truncated or damaged
 */
export async function* unpackBytes(source: ByteSource): AsyncGenerator<Uint8Array> {
  const head = Buffer.from(await source.head(4));
  if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzip(source);
  else if (isZstd(head)) yield* unzstd(source);
  else yield* source.stream();
}

/** A frame, or one to skip, such as `pzstd` writes in front. */
function isZstd(head: Buffer): boolean {
  if (head.length < 4) return false;
  const magic = head.readUInt32LE();
  return magic === 0xfd2fb528 || magic >>> 4 === 0x184d2a5;
}

async function* gunzip(source: ByteSource): AsyncGenerator<Uint8Array> {
  let fault: unknown;
  const packed = Readable.from(
    rememberFault(source.stream(), (error) => (fault = error)),
    { objectMode: false },
  );
  // The callback of pipeline is where errors would surface; the loop below sees each of them as well.
  const unpacked = pipeline(packed, createGunzip({ chunkSize: GZIP_CHUNK_BYTES }), () => {});
  try {
    for await (const chunk of unpacked) yield chunk as Uint8Array;
  } catch (error) {
    if (fault !== undefined) throw fault;
    throw damaged(source.name, 'gzip', error);
  }
}

/** Passes chunks on, and tells of an error that is the source's own, not the decoder's. */
async function* rememberFault<T>(chunks: AsyncIterable<T>, onFault: (error: unknown) => void): AsyncGenerator<T> {
  try {
    yield* chunks;
  } catch (error) {
    onFault(error);
    throw error;
  }
}

async function* unzstd(source: ByteSource): AsyncGenerator<Uint8Array> {
  let unpacked: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => unpacked.push(chunk));
  const push = (chunk: Uint8Array, last: boolean): Uint8Array[] => {
    unpacked = [];
    try {
      decoder.push(chunk, last);
    } catch (error) {
      throw damaged(source.name, 'Zstandard', error);
    }
    return unpacked;
  };
  for await (const chunk of source.stream()) {
    for (let at = 0; at < chunk.length; at += ZSTD_CHUNK_BYTES) {
      yield* push(chunk.subarray(at, at + ZSTD_CHUNK_BYTES), false);
    }
  }
  yield* push(new Uint8Array(0), true);
}

function damaged(name: string, format: 'gzip' | 'Zstandard', error: unknown): UserError {
  return new UserError(
    format === 'gzip' ? 'input.gzip' : 'input.zstd',
    `${name}: expected a whole ${format} file, found a truncated or damaged one (${reasonOf(error)}). Copy it again.`,
    { cause: error },
  );
}
