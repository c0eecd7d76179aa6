import { UserError } from '../../src/base/userError.ts';
import { decodeText, MAX_ROW_BYTES } from './decodeText.ts';

/** Whole lines of a text file, joined by the line feeds between them. */
export interface TextBlock {
  text: string;
  /** Number of its first line, from 1. */
  line: number;
  /** Whether a line feed ends it; false for a last line that has none. */
  ended: boolean;
}

const LINE_FEED = 10;

/**
 * The text of UTF-8 bytes in blocks of whole lines: memory holds one chunk and one line.
 *
 * @throws {UserError} at a line that is not UTF-8, holds a zero byte or is too long, after the lines before it
 */
export async function* readText(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TextBlock> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let line = 1;
  const take = (end: Uint8Array): Buffer => {
    const bytes = Buffer.concat([...pending, end]);
    pending = [];
    pendingBytes = 0;
    return bytes;
  };
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_FEED);
    if (end >= 0) {
      const bytes = take(chunk.subarray(0, end));
      yield* decode(name, bytes, line, true);
      line += countLines(bytes);
    }
    pending.push(chunk.subarray(end + 1));
    pendingBytes += chunk.length - end - 1;
    if (pendingBytes > MAX_ROW_BYTES) throw tooLong(name, line);
  }
  const bytes = take(new Uint8Array(0));
  if (bytes.length > 0) yield* decode(name, bytes, line, false);
}

function countLines(bytes: Buffer): number {
  let lines = 1;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines++;
  return lines;
}

function* decode(name: string, bytes: Buffer, line: number, ended: boolean): Generator<TextBlock> {
  const text = decodeText(bytes);
  if (text !== undefined) {
    yield { text, line, ended };
    return;
  }
  let start = 0;
  for (let number = line; ; number++) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const bad = bytes.subarray(start, feed < 0 ? bytes.length : feed);
    if (decodeText(bad) === undefined) {
      const before = start === 0 ? undefined : decodeText(bytes.subarray(0, start - 1));
      if (before !== undefined) yield { text: before, line, ended: true };
      throw binary(name, bad.includes(0) ? `a zero byte in line ${number}` : `other bytes in line ${number}`);
    }
    start = feed + 1;
  }
}

function binary(name: string, found: string): UserError {
  const fix = 'Name a JSON Lines, JSON, CSV, Parquet or Arrow file, text as UTF-8, also as .gz or .zst.';
  return new UserError('input.binary', `${name}: expected UTF-8 text, found ${found}. ${fix}`);
}

function tooLong(name: string, line: number): UserError {
  return new UserError(
    'input.line',
    `${name}: expected lines of at most ${MAX_ROW_BYTES} bytes, found more in line ${line}. Write one row a line.`,
  );
}
