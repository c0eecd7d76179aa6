import { UserError } from '../../src/base/userError.ts';
import { csvDialect, parseCsv, type CsvDialect } from './csvDialect.ts';
import { MAX_ROW_BYTES } from './decodeText.ts';
import type { ReadRow } from './readRow.ts';
import { readText } from './readText.ts';

/**
 * Rows of delimited text (CSV, TSV), in batches. The first row names the columns; values are text, and an empty one is
 * null. A row with more or fewer fields is a problem, named by the line it begins in.
 *
 * @throws {UserError} as `readText`, when two columns have one name, and at a quote that never ends or ends within a field
 */
export async function* readCsv(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ReadRow[]> {
  let table: CsvTable | undefined;
  let rest = '';
  let retryAt = 0;
  for await (const { text, ended } of readText(name, chunks)) {
    rest += ended ? `${text}\n` : text;
    // A row longer than a block is not parsed again until twice as much of it is there: the time stays linear.
    if (rest.length < retryAt) continue;
    table ??= new CsvTable(name, csvDialect(name, rest));
    const left = yield* table.read(rest, 'ended');
    retryAt = left === rest ? 2 * rest.length : 0;
    rest = left;
    if (rest.length > MAX_ROW_BYTES) throw table.fault('open');
  }
  if (rest !== '') yield* (table ?? new CsvTable(name, csvDialect(name, rest))).read(rest, 'all');
}

class CsvTable {
  readonly #name: string;
  readonly #dialect: CsvDialect;
  #columns: string[] | undefined;
  /** Where the next row begins. */
  #line = 1;
  /** Whether lines end in a carriage return as well. */
  #returns = false;

  constructor(name: string, dialect: CsvDialect) {
    this.#name = name;
    this.#dialect = dialect;
  }

  /** Yields one batch and returns the text that was left over. */
  *read(text: string, which: 'ended' | 'all'): Generator<ReadRow[], string> {
    const { rows: found, fault, rest } = parseCsv(text, this.#dialect, which);
    const rows: ReadRow[] = [];
    for (const fields of found) {
      const number = this.#line;
      this.#line += 1 + breaksIn(fields);
      this.#dropReturn(fields);
      if (fields.length === 1 && fields[0]!.trim() === '') continue;
      if (this.#columns === undefined) this.#columns = this.#header(fields);
      else rows.push({ file: this.#name, at: `line ${number}`, number, ...toRow(this.#columns, fields) });
    }
    if (rows.length > 0) yield rows;
    if (fault !== undefined) throw this.fault(fault);
    return text.slice(rest);
  }

  fault(kind: 'open' | 'stray'): UserError {
    const found = kind === 'open' ? 'one that never ends' : 'a quote within one';
    return new UserError(
      'rows.csv',
      `${this.#name}: expected quoted fields that end in a quote, found ${found} in the row at line ${this.#line}. ` +
        'Write a quote inside a quoted field twice ("").',
    );
  }

  /** The parser takes the line feed as the end of a line; a return in front of it lands in the last field. */
  #dropReturn(fields: string[]): void {
    const last = fields.at(-1)!;
    if (this.#columns === undefined) this.#returns = last.endsWith('\r');
    if (this.#returns && last.endsWith('\r')) fields[fields.length - 1] = last.slice(0, -1);
  }

  #header(fields: readonly string[]): string[] {
    // Pandas writes its index without a name, and calls such a column so when it reads one.
    const columns = fields.map((field, at) => field.trim() || `Unnamed: ${at}`);
    const twice = columns.filter((column, at) => columns.indexOf(column) !== at);
    if (twice.length === 0) return columns;
    const named = [...new Set(twice)].map((column) => `"${column}"`).join(', ');
    throw new UserError(
      'rows.csv',
      `${this.#name}: expected a name of its own for each column in line 1, found ${named} more than once. Rename them.`,
    );
  }
}

function breaksIn(fields: readonly string[]): number {
  let breaks = 0;
  for (const field of fields) {
    for (let at = field.indexOf('\n'); at >= 0; at = field.indexOf('\n', at + 1)) breaks++;
  }
  return breaks;
}

function toRow(
  columns: readonly string[],
  fields: readonly string[],
): { row: Record<string, unknown> } | { problem: string } {
  if (fields.length !== columns.length) {
    return { problem: `expected ${columns.length} fields as in the header, found ${fields.length}` };
  }
  const row: Record<string, unknown> = {};
  for (let at = 0; at < columns.length; at++) row[columns[at]!] = fields[at] === '' ? null : fields[at];
  return { row };
}
