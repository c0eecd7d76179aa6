import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

import type { Field } from 'apache-arrow';

import { jsonText } from './jsonText.ts';

/** Characters handed to the file at a time. */
const CHUNK_LENGTH = 1 << 16;

/** Writes rows as JSON Lines. */
export async function writeJsonLines(path: string, rows: AsyncIterable<object>, gzip: boolean): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    for await (const row of rows) yield `${jsonText(row)}\n`;
  }
  await writeText(path, lines(), gzip);
}

/** Writes rows as CSV (RFC 4180) below a header; lists and objects as JSON, missing values as nothing. */
export async function writeCsv(
  path: string,
  rows: AsyncIterable<object>,
  fields: readonly Field[],
  gzip: boolean,
): Promise<void> {
  const names = fields.map(({ name }) => name);
  async function* lines(): AsyncGenerator<string> {
    yield `${names.map(cell).join(',')}\r\n`;
    for await (const row of rows) {
      yield `${names.map((name) => cell((row as Record<string, unknown>)[name])).join(',')}\r\n`;
    }
  }
  await writeText(path, lines(), gzip);
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : typeof value === 'bigint' ? String(value) : jsonText(value);
  // Quoted, an empty text is told from a missing value.
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function writeText(path: string, lines: AsyncIterable<string>, gzip: boolean): Promise<void> {
  async function* chunks(): AsyncGenerator<string> {
    let chunk = '';
    for await (const line of lines) {
      chunk += line;
      if (chunk.length < CHUNK_LENGTH) continue;
      yield chunk;
      chunk = '';
    }
    yield chunk;
  }
  const source = Readable.from(chunks(), { objectMode: false });
  const file = createWriteStream(path, { flags: 'wx' });
  await (gzip ? pipeline(source, createGzip(), file) : pipeline(source, file));
}
