import type { Field } from 'apache-arrow';

import { isPassable } from '../../../../datasets/inferArrowType.ts';
import { describeFile } from './describeFile.ts';

/** What goes along with rows that are written anew. */
export interface SourceFile {
  metadata: Record<string, string>;
  /** Columns of an Arrow file, whose types stay in another. */
  columns: Field[];
}

/** Notes of other libraries on columns as they were, which readers of the new file would believe. */
const SCHEMA_NOTES = ['ARROW:schema', 'pandas', 'huggingface'];

/** Reads what a file says about itself; nothing for text, and places that are no file on this machine. */
export async function sourceFile(place: string): Promise<SourceFile> {
  const file = await describeFile(place);
  const notes = Object.entries(file?.metadata ?? {}).filter(([key]) => !SCHEMA_NOTES.includes(key));
  return { metadata: Object.fromEntries(notes), columns: file?.columns.filter(({ type }) => isPassable(type)) ?? [] };
}
