import { UserError } from '../../src/base/userError.ts';
import { parseRow } from './parseRow.ts';
import type { ReadRow } from './readRow.ts';
import { decodeText, MAX_ROW_BYTES } from './decodeText.ts';

const [LINE_FEED, QUOTE, COMMA, BACKSLASH] = [10, 34, 44, 92];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];

/**
 * Rows of a JSON array, in batches. Its elements are cut out at the commas between them and parsed one by one, so that
 * memory holds one chunk and one row.
 *
 * @throws {UserError} when the array does not end, when more follows it, and at a row that is too long or not UTF-8
 */
export async function* readJsonArray(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ReadRow[]> {
  const cutter = new ElementCutter(name);
  for await (const chunk of chunks) yield* cutter.cut(chunk);
  cutter.end();
}

class ElementCutter {
  readonly #name: string;
  /** Open brackets: 1 between the elements, 0 before and after the array. */
  #depth = 0;
  #place: 'before' | 'inside' | 'after' = 'before';
  #inString = false;
  /** The element so far, from earlier chunks. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #number = 0;
  #line = 1;

  constructor(name: string) {
    this.#name = name;
  }

  /** The rows that end in this chunk, as one batch; those before a fault, then the fault. */
  *cut(chunk: Uint8Array): Generator<ReadRow[]> {
    const rows: ReadRow[] = [];
    let fault: unknown;
    try {
      this.#scan(chunk, rows);
    } catch (error) {
      fault = error;
    }
    if (rows.length > 0) yield rows;
    if (fault !== undefined) throw fault;
  }

  /** @throws {UserError} when the array is still open */
  end(): void {
    if (this.#place === 'after') return;
    throw this.#broken(
      `no end of it after ${this.#number} rows (line ${this.#line}): it is cut off, or a quote is open`,
    );
  }

  #scan(chunk: Uint8Array, rows: ReadRow[]): void {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (this.#inString) {
        at = this.#endOfString(chunk, at);
        if (at === chunk.length) break;
        continue;
      }
      const byte = chunk[at]!;
      if (byte === LINE_FEED) this.#line++;
      else if (this.#place === 'after') this.#requireSpace(byte);
      else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        this.#depth++;
        if (this.#place === 'before') start = at + 1;
        this.#place = 'inside';
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        this.#depth--;
        if (this.#depth > 0) continue;
        this.#place = 'after';
        this.#element(chunk.subarray(start, at), rows, true);
      } else if (byte === COMMA && this.#depth === 1) {
        this.#element(chunk.subarray(start, at), rows, false);
        start = at + 1;
      }
    }
    if (this.#place === 'inside') this.#keep(chunk.subarray(start));
  }

  /** Where the quote is that ends the string around `start`; the chunk's length when it is not in it. */
  #endOfString(chunk: Uint8Array, start: number): number {
    for (let quote = chunk.indexOf(QUOTE, start); quote >= 0; quote = chunk.indexOf(QUOTE, quote + 1)) {
      if (this.#backslashesBefore(chunk, quote) % 2 === 1) continue;
      this.#inString = false;
      return quote;
    }
    return chunk.length;
  }

  #backslashesBefore(chunk: Uint8Array, quote: number): number {
    let first = quote;
    while (chunk[first - 1] === BACKSLASH) first--;
    if (first > 0) return quote - first;
    // They may begin in the chunks before.
    let count = quote;
    for (let part = this.#parts.length - 1; part >= 0; part--) {
      const bytes = this.#parts[part]!;
      let at = bytes.length;
      while (bytes[at - 1] === BACKSLASH) at--;
      count += bytes.length - at;
      if (at > 0) break;
    }
    return count;
  }

  #keep(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#partBytes += bytes.length;
    if (this.#partBytes <= MAX_ROW_BYTES) return;
    throw this.#broken(`more than ${MAX_ROW_BYTES} bytes in row ${this.#number + 1}: a quote may be open`);
  }

  #element(end: Uint8Array, rows: ReadRow[], last: boolean): void {
    const bytes = this.#parts.length === 0 ? end : Buffer.concat([...this.#parts, end]);
    this.#parts = [];
    this.#partBytes = 0;
    const text = decodeText(bytes);
    if (last && this.#number === 0 && text?.trim() === '') return;
    const number = ++this.#number;
    if (text === undefined) throw this.#broken(`bytes that are no UTF-8 text in row ${number}, line ${this.#line}`);
    const read = parseRow(text);
    if ('problem' in read && this.#line > 1) read.problem += `, at line ${this.#line}`;
    rows.push({ file: this.#name, at: `row ${number}`, number, ...read });
  }

  #requireSpace(byte: number): void {
    if (byte !== 9 && byte !== 13 && byte !== 32) throw this.#broken(`more after its end in line ${this.#line}`);
  }

  #broken(found: string): UserError {
    const fix = 'Mend it or make it again, or write one object a line (.jsonl).';
    return new UserError('rows.json', `${this.#name}: expected a JSON array of objects, found ${found}. ${fix}`);
  }
}
