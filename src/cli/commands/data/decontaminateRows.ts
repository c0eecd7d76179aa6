import {
  decontaminate,
  readPrompts,
  readRows,
  recordTransform,
  writeRows,
  type DecontaminatedRows,
} from '../../../../datasets/index.ts';
import { UserError } from '../../../base/userError.ts';
import { writeFileAtomic } from '../../../base/writeFileAtomic.ts';
import type { Session } from '../../command.ts';
import { paced } from './paced.ts';
import { sourceFile } from './sourceFile.ts';

export interface DecontaminateRowsOptions {
  place: string;
  out: string;
  /** Evaluation set. */
  against: string;
  ngram: number;
  threshold: number;
  /** Columns to search; all when undefined. */
  fields: readonly string[] | undefined;
  /** File for the rows left out. */
  report: string | undefined;
}

export interface Decontamination {
  /** Rows read. */
  rows: number;
  kept: number;
  /** Prompts of the evaluation set. */
  texts: number;
  /** How many rows held each prompt, by its id. */
  matches: Record<string, number>;
}

/** A row, and the part of it that is searched. */
interface Searched {
  id: string;
  contents: unknown;
  row: object;
}

/**
 * Writes the rows of a place that hold none of the prompts of an evaluation set, whole or not at all. Of a conversation in the
 * evaluation set the last message is searched for.
 *
 * @throws {UserError} for rows that cannot be read or lack a field
 */
export async function decontaminateRows(
  { place, out, against, ngram, threshold, fields, report }: DecontaminateRowsOptions,
  session: Session,
): Promise<Decontamination> {
  const prompts = await readPrompts(against);
  const items = prompts.map(({ id, messages }) => ({ id, text: messages.at(-1)!.content }));
  let stream: DecontaminatedRows<Searched> | undefined;
  const rows = async function* (): AsyncGenerator<object> {
    const options = { against: { name: against, items }, fields: ['contents' as const], ngram, threshold };
    stream = decontaminate(searched(place, fields, session), options);
    for await (const { row } of stream) yield row;
  };
  const source = await sourceFile(place);
  const metadata = (): Record<string, string> => {
    const entry = stream!.entry();
    const options = { ...entry.options, from: place, fields: fields ? [...fields] : 'all' };
    return recordTransform(source.metadata, { ...entry, options });
  };
  const columns = out.toLowerCase().endsWith('.arrow') ? source.columns : [];
  await writeRows(out, rows, { metadata, columns });
  if (report !== undefined) {
    await writeFileAtomic(
      report,
      stream!
        .dropped()
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(''),
    );
  }
  const { rowsIn, rowsOut } = stream!.entry();
  return { rows: rowsIn, kept: rowsOut, texts: items.length, matches: stream!.matches() };
}

async function* searched(
  place: string,
  fields: readonly string[] | undefined,
  session: Session,
): AsyncGenerator<Searched> {
  let rows = 0;
  for await (const found of paced(readRows(place), session)) {
    rows++;
    const where = `${found.file}, ${found.at}`;
    if (!('row' in found)) {
      throw new UserError('rows.bad', `${where}: ${found.problem}. Mend it, or leave it out with convert --skip-bad.`);
    }
    const { row } = found;
    const missing = fields?.find((field) => row[field] === undefined);
    if (missing !== undefined) {
      const names = Object.keys(row).join(', ');
      throw new UserError('rows.bad', `${where}: expected "${missing}", found ${names}. Name other --fields.`);
    }
    const id = typeof row['id'] === 'string' ? row['id'] : where;
    yield { id, contents: fields ? fields.map((field) => row[field]) : row, row };
  }
  if (rows === 0) throw new UserError('input.empty', `${place}: expected rows, found none. Name a file that has some.`);
}
