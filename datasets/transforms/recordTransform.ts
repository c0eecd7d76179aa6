import { z } from 'zod';

import { UserError } from '../../src/base/userError.ts';
import { listProblems, schemaProblems } from '../listProblems.ts';

/** Key in a table's metadata that holds the transforms its rows went through. */
const TRANSFORMS_KEY = 'nashtune.transforms';

const rowCount = z.number().int().min(0);
const transformEntry = z.object({
  name: z.string().min(1),
  options: z.record(z.string(), z.json()),
  rowsIn: rowCount,
  rowsOut: rowCount,
  dropped: z.record(z.string(), rowCount).optional(),
  truncated: z.record(z.string(), rowCount).optional(),
});

/**
 * One transform that rows went through: what it is called, how it was set, how many rows it read and gave, and for those
 * that tell how many rows they left out for which reason, and how many of what they cut.
 */
export type TransformEntry = z.infer<typeof transformEntry>;

/**
 * The metadata with one more transform noted, after those that are there; what was handed in stays as it is.
 *
 * @throws {UserError} when the transforms that are there cannot be read
 * @example await writeArrowFile(path, 'pairs', rows, { metadata: recordTransform(metadata, entry) });
 */
export function recordTransform(
  metadata: Readonly<Record<string, string>>,
  entry: TransformEntry,
): Record<string, string> {
  return { ...metadata, [TRANSFORMS_KEY]: JSON.stringify([...recordedTransforms(metadata), entry]) };
}

/**
 * The transforms that rows went through, first to last; none when the metadata names none.
 *
 * @throws {UserError} when the metadata was written by something else or damaged
 * @example recordedTransforms((await readArrowTable(path, 'pairs')).metadata);
 */
export function recordedTransforms(metadata: Readonly<Record<string, string>>): TransformEntry[] {
  const text = metadata[TRANSFORMS_KEY];
  if (text === undefined) return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable(['it is no JSON']);
  }
  const result = z.array(transformEntry).safeParse(value);
  if (!result.success) throw unreadable(schemaProblems(result.error));
  return result.data;
}

function unreadable(problems: readonly string[]): UserError {
  return new UserError(
    'transforms.metadata',
    `metadata "${TRANSFORMS_KEY}": expected a list of transforms, found another thing:\n${listProblems(problems)}\n` +
      'Remove the key from the metadata, or make the file again.',
  );
}

/** How many rows were left out for each reason. */
export function countReasons(dropped: readonly { reason: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of dropped) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
