import type { Message, PromptRow, Tokenizer } from '../../../datasets/index.ts';
import { countReasons, promptFormat, type AdapterChoice, type RowReport } from '../../../datasets/index.ts';
import type { LabelledPairs, LossChoice } from '../../training/index.ts';

/** Where examples are read from, and how: the options made by `pairOptions` and `responseOptions`, and the policy's own. */
export interface ReadExamplesOptions {
  tokenizer: Tokenizer;
  contextLength: number;
  limit?: number | undefined;
  adapter?: AdapterChoice | undefined;
  skipBad?: string | undefined;
  format: 'auto' | 'chat' | 'transcript';
  maxLength?: number | undefined;
  longExamples: 'drop' | 'keep-start' | 'error';
  /** A loss whose labels every example must have. Default: none is asked for. */
  loss?: LossChoice | undefined;
}

/** Examples of a dataset as a trainer takes them. */
export interface PreparedExamples extends LabelledPairs {
  /** The prompt of each example; the same object where the conversation is the same. */
  prompts: readonly PromptRow[];
  /** How the prompts are written. */
  format: 'chat' | 'transcript';
  /** What a reader of the report must know of the rows. */
  notes: readonly string[];
}

/** The prompts of examples; the first one's where several have the same conversation. */
export function promptsOf(rows: readonly { id: string; prompt: Message[]; source: string }[]): PromptRow[] {
  const known = new Map<string, PromptRow>();
  return rows.map(({ id, prompt: messages, source }) => {
    const key = JSON.stringify(messages);
    const row = known.get(key) ?? { id, messages, source };
    known.set(key, row);
    return row;
  });
}

export async function formatOf(
  source: string,
  { format, adapter }: ReadExamplesOptions,
): Promise<'chat' | 'transcript'> {
  return format === 'auto' ? promptFormat(source, adapter) : format;
}

/** What was left out or cut, in sentences. */
export function notesOn(
  name: string,
  { rows, bad, reasons, warnings }: RowReport,
  kept: number,
  dropped: readonly { id: string; tokens: number }[],
  cut: number,
): string[] {
  const notes = [...warnings];
  if (bad > 0) notes.push(`Left out ${bad} of ${rows} rows (${countReasons(reasons)}).`);
  if (dropped.length > 0) {
    const named = dropped.slice(0, 5).map(({ id, tokens }) => `${id} (${tokens} tokens)`);
    const more = dropped.length > named.length ? `, and ${dropped.length - named.length} more` : '';
    notes.push(
      `Dropped ${dropped.length} of ${kept + dropped.length} ${name}, which are too long: ${named.join(', ')}${more}.`,
    );
  }
  if (cut > 0) notes.push(`Cut ${cut} answers of ${kept} ${name} at their end.`);
  return notes;
}
