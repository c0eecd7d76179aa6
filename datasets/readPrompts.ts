import type { RowReader } from './adaptRows.ts';
import { rowRecognizer, type AdapterChoice } from './adapters/registry.ts';
import { RowFault } from './adapters/rowFault.ts';
import { gatherRows, type GatherOptions } from './gatherRows.ts';
import type { Message } from './messages.ts';
import { promptMessages } from './promptMessages.ts';
import { readRows, type ReadRow } from './readers/readRows.ts';
import type { RowReport } from './rowReport.ts';
import type { PromptRow } from './schemas.ts';
import { parseTranscript } from './transcript.ts';

export interface ReadPromptsOptions extends GatherOptions {
  /** Told once, before the prompts are given back: what was read, left out and mixed. */
  onReport?: ((report: RowReport) => void) | undefined;
  /** Columns of the file to keep beside the prompt, such as one with the right answers. Default: none. */
  columns?: 'all' | readonly string[] | undefined;
}

/** A prompt with the columns of its row that were kept, under their names. */
export type PromptWithColumns = PromptRow & Readonly<Record<string, unknown>>;

/**
 * Reads prompts from any place that `readRows` reads, and stops reading at the limit. {@link promptMessages} says which
 * fields of a row can hold its prompt. A row without `id` is called `<file>:<line>`; `source` is the row's own or the file's name.
 *
 * @returns prompts in file order
 * @throws {UserError} when the file is missing, empty, binary or damaged, or has rows without a prompt and `skipBad` names no
 *   file for them: all counted by reason and five of them listed
 * @example const prompts = await readPrompts('harmless-base.jsonl.gz', { limit: 64 });
 */
export async function readPrompts(place: string, options: ReadPromptsOptions = {}): Promise<PromptWithColumns[]> {
  const { items, report } = await gatherRows(
    place,
    {
      ...PROMPTS_READER,
      itemsOf: ({ id, source, read, place }): PromptWithColumns[] => [
        { ...keptColumns(place, options.columns), id, messages: read, source },
      ],
      name: 'prompts',
      each: 'a prompt',
      example: '{"prompt": "..."}',
      fix: 'Give each row a "prompt" (text), "messages", "instruction", or a "chosen" transcript.',
    },
    options,
  );
  options.onReport?.(report);
  return items;
}

function keptColumns(place: ReadRow, columns: ReadPromptsOptions['columns']): Readonly<Record<string, unknown>> {
  if (columns === undefined || !('row' in place)) return {};
  if (columns === 'all') return place.row;
  return Object.fromEntries(columns.filter((name) => name in place.row).map((name) => [name, place.row[name]]));
}

/**
 * How the prompts of a file want to be written: `transcript` when its first row is an HH transcript (its text up to the
 * last `\n\nAssistant:` then reaches the model as it stands), else `chat`.
 *
 * @param adapter as readPrompts takes it
 * @throws {UserError} as readPrompts, for files that cannot be read
 */
export async function promptFormat(path: string, adapter: AdapterChoice = 'auto'): Promise<'chat' | 'transcript'> {
  const recognize = rowRecognizer(adapter, 'toPrompt');
  for await (const place of readRows(path)) {
    const recognized = 'row' in place ? recognize(place.row) : undefined;
    if (recognized === undefined || recognized instanceof RowFault) break;
    const { prompt, chosen, rejected } = recognized.row;
    const text = prompt ?? chosen ?? rejected;
    return typeof text === 'string' && parseTranscript(text) ? 'transcript' : 'chat';
  }
  return 'chat';
}

/** Reads the prompts of rows. A row without any format is told which fields can hold one. */
export const PROMPTS_READER: RowReader<Message[]> = {
  wanted: 'toPrompt',
  read: ({ row, adapter }) => (adapter?.toPrompt ?? promptMessages)(row),
};
