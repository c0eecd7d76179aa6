import Papa from 'papaparse';

/** How a file of delimited text is written. */
export interface CsvDialect {
  delimiter: string;
  newline: '\n' | '\r';
}

/**
 * The dialect of a file with this beginning. A tab in the header settles it, then a comma, then a semicolon: those that
 * are left are part of the names.
 */
export function csvDialect(name: string, head: string): CsvDialect {
  // Files of the old Mac OS end lines in a carriage return alone.
  const newline = head.includes('\n') || !head.includes('\r') ? '\n' : '\r';
  const header = head.slice(0, head.indexOf(newline) + 1) || head;
  const outsideQuotes = header.replaceAll(/"[^"]*"/g, '');
  const delimiter = ['\t', ',', ';'].find((mark) => outsideQuotes.includes(mark)) ?? (isTsv(name) ? '\t' : ',');
  return { delimiter, newline };
}

/** Only a table of one column has no tab in its header. */
function isTsv(name: string): boolean {
  return /\.tsv(?:\.\w+)?$/i.test(name);
}

/** Whether text is a table with a header: two columns or more, as many in the rows below, and no JSON. */
export function looksLikeCsv(name: string, head: string): boolean {
  if (/^\s*[{[]/m.test(head)) return false;
  // A short head is the whole file, whose last line need not be ended.
  const { rows } = parseCsv(head.length < 1 << 14 ? `${head}\n` : head, csvDialect(name, head), 'ended');
  const [header, ...others] = rows.filter((row) => row.length > 1 || row[0]!.trim() !== '').slice(0, 5);
  if (header === undefined || header.length < 2) return false;
  return others.every((row) => row.length === header.length);
}

/** Rows of fields, the fault in the quotes of the row after them if there is one, and where the text left over starts. */
interface ParsedCsv {
  rows: string[][];
  fault: 'open' | 'stray' | undefined;
  rest: number;
}

/** Splits delimited text into fields; of `ended` rows only, or of `all` of them, the last without a line break too. */
export function parseCsv(text: string, dialect: CsvDialect, which: 'ended' | 'all'): ParsedCsv {
  const parser = new Papa.Parser({ ...dialect });
  const { data, errors, meta } = parser.parse(text, 0, which === 'ended') as Papa.ParseResult<string[]>;
  const [first] = errors;
  const fault = first === undefined ? undefined : first.code === 'MissingQuotes' ? 'open' : 'stray';
  const rows = first?.row === undefined ? data : data.slice(0, first.row);
  return { rows, fault, rest: meta.cursor };
}
