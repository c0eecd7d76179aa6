import type { ReadRow, TransformEntry } from '../../../../datasets/index.ts';
import { UserError } from '../../../base/userError.ts';
import type { Session } from '../../command.ts';
import type { ColumnTypes } from './columnTypes.ts';
import { paced } from './paced.ts';

/** What is known of the rows of a place. */
export interface Inspection {
  place: string;
  format?: string;
  bytes?: number;
  /** Rows there are, or at least. */
  rows: number;
  /** Whether all of them are counted. */
  counted: boolean;
  /** Rows whose columns were looked at. */
  looked: number;
  /** Rows of each file, of those looked at. */
  files: Record<string, number>;
  columns: ColumnTypes[];
  /** How many rows look like each format. */
  adapters: Record<string, number>;
  metadata: Record<string, string>;
  /** The transforms that the rows went through. */
  transforms: TransformEntry[];
  sample: ReadRow[];
}

/** Rows to show, counted from 1, and how many to look at. */
interface InspectWindow {
  from: number;
  to: number;
  scan: number;
}

/** Reads rows of a place and what its file says of itself. */
export async function inspectRows(
  place: string,
  { from, to, scan }: InspectWindow,
  session: Session,
): Promise<Inspection> {
  const { ADAPTERS, readRows, recordedTransforms } = await import('../../../../datasets/index.ts');
  const { columnTypes } = await import('./columnTypes.ts');
  const { describeFile } = await import('./describeFile.ts');
  const columns = columnTypes();
  const [files, adapters, sample]: [Record<string, number>, Record<string, number>, ReadRow[]] = [{}, {}, []];
  let [looked, more] = [0, false];
  for await (const found of paced(readRows(place), session)) {
    if (looked === scan) {
      more = true;
      break;
    }
    looked++;
    files[found.file] = (files[found.file] ?? 0) + 1;
    if (looked >= from && looked <= to) sample.push(found);
    if (!('row' in found)) continue;
    columns.add(found.row);
    const { row } = found;
    const adapter = ADAPTERS.find(({ matches }) => matches(row))?.name ?? 'none';
    adapters[adapter] = (adapters[adapter] ?? 0) + 1;
  }
  if (looked === 0) {
    throw new UserError('input.empty', `${place}: expected rows, found none. Name a file that has some.`);
  }
  if (from > looked && to >= from) {
    throw new UserError(
      'cli.usage',
      `--at: expected a row of the ${looked} there are, got ${from}. Name an earlier one.`,
    );
  }
  const file = await describeFile(place);
  const metadata = file?.metadata ?? {};
  return {
    place,
    ...(file && { format: file.format, bytes: file.bytes }),
    rows: file?.rows ?? looked,
    counted: file?.rows !== undefined || !more,
    looked,
    files,
    columns: columns.result(),
    adapters,
    metadata,
    transforms: recordedTransforms(metadata),
    sample,
  };
}
