import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { UserError } from '../../src/base/userError.ts';
import { reasonOf } from '../listProblems.ts';
import type { ByteSource } from './byteSource.ts';

/** One line of a text file, without its line feed; `number` counts from 1. */
export interface Line {
  number: number;
  text: string;
}

const LINE_FEED = 10;

/**
 * Lines of a UTF-8 text file, plain or gzip-compressed (told by its bytes, not by its name), read piece by piece: memory
 * holds one chunk and one line, and a reader that stops early leaves the rest unread. A byte order mark is dropped.
 *
 * @throws {UserError} when the file is missing, a folder, unreadable, binary, not UTF-8 or a truncated gzip file
 */
export async function* readLines(source: ByteSource): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 0;
  const decode = (line: Uint8Array): Line => {
    number++;
    try {
      return { number, text: decoder.decode(line) };
    } catch (error) {
      throw binary(source.name, `other bytes in line ${number}`, error);
    }
  };
  let pending: Uint8Array[] = [];
  for await (const chunk of readBytes(source)) {
    if (chunk.includes(0)) throw binary(source.name, `a zero byte after line ${number}`);
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      pending.push(chunk.subarray(start, end));
      yield decode(Buffer.concat(pending));
      pending = [];
      start = end + 1;
    }
    pending.push(chunk.subarray(start));
  }
  const last = Buffer.concat(pending);
  if (last.length > 0) yield decode(last);
}

async function* readBytes(source: ByteSource): AsyncGenerator<Uint8Array> {
  const head = await source.head(2);
  const compressed = head[0] === 0x1f && head[1] === 0x8b;
  if (!compressed) {
    yield* source.stream();
    return;
  }
  // The callback of pipeline is where errors would surface; the loop below sees each of them as well.
  const unpacked = pipeline(Readable.from(source.stream(), { objectMode: false }), createGunzip(), () => {});
  try {
    for await (const chunk of unpacked) yield chunk as Uint8Array;
  } catch (error) {
    throw new UserError(
      'input.gzip',
      `${source.name}: expected a whole gzip file, found a truncated or damaged one (${reasonOf(error)}). Copy it again.`,
      { cause: error },
    );
  }
}

function binary(path: string, found: string, cause?: unknown): UserError {
  const message = `${path}: expected UTF-8 text, found ${found}. Name a JSON Lines file (.jsonl, .jsonl.gz), a Parquet or an Arrow file.`;
  return new UserError('input.binary', message, { cause });
}
