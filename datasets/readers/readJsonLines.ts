import { UserError } from '../../src/base/userError.ts';
import { parseRow } from './parseRow.ts';
import type { ReadRow, RowOrProblem } from './readRow.ts';
import { readText } from './readText.ts';

/**
 * Rows of JSON Lines, in batches; blank lines are none.
 *
 * @throws {UserError} as `readText`, and when the objects are spread over lines
 */
export async function* readJsonLines(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ReadRow[]> {
  let first = true;
  for await (const { text, line, ended } of readText(name, chunks)) {
    const rows: ReadRow[] = [];
    const lines = text.split('\n');
    for (let at = 0; at < lines.length; at++) {
      const json = lines[at]!;
      if (isBlank(json)) continue;
      let read = parseRow(json);
      if (first) read = checkFirst(name, json, read);
      first = false;
      if (!ended && at === lines.length - 1 && 'problem' in read && isCutOff(read.problem)) {
        read.problem += '; no line feed ends it: the file may be cut off, or still being written';
      }
      const number = line + at;
      rows.push({ file: name, at: `line ${number}`, number, ...read });
    }
    yield rows;
  }
}

/** By what V8 says of JSON that ends too early. */
function isCutOff(problem: string): boolean {
  return /end of JSON input|Unterminated string/.test(problem);
}

function isBlank(text: string): boolean {
  // Nearly all lines begin with a brace: the rest need not be looked at.
  return text[0] !== '{' && text.trim() === '';
}

/** The first row shows what would otherwise be a problem in every line, or one row where many are meant. */
function checkFirst(name: string, json: string, read: RowOrProblem): RowOrProblem {
  const start = json.trim();
  if ('problem' in read && /^\{(?:\s*"[^"]*"\s*:\s*[[{]?|.*,)?$/.test(start)) {
    const list = /"([^"]*)"\s*:\s*\[$/.exec(start)?.[1];
    throw new UserError(
      'rows.json',
      `${name}: expected one JSON object a line, or an array of objects; found an object that is spread over lines. ` +
        `Write one a line: jq -c '${list === undefined ? '.' : `.${list}[]`}' < old.json > new.jsonl`,
    );
  }
  const wrapped = 'row' in read ? wrappedRows(read.row) : undefined;
  if (wrapped === undefined) return read;
  const fix = `Take them out: jq -c '.${wrapped}[]' < old.json > new.jsonl`;
  return { problem: `expected the fields of one row, found a list of rows in "${wrapped}". ${fix}` };
}

/** The only key of a row, where it holds rows itself. */
function wrappedRows(row: Readonly<Record<string, unknown>>): string | undefined {
  const [key, ...others] = Object.keys(row);
  const items = key === undefined ? undefined : row[key];
  if (others.length > 0 || !/^(?:data|rows|examples|instances|items|train|test)$/.test(key ?? '')) return undefined;
  return Array.isArray(items) && typeof items[0] === 'object' && items[0] !== null ? key : undefined;
}
