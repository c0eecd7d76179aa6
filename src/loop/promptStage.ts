import { join } from 'node:path';

import { readArrowFile, readPrompts, tokenizePrompts, writeArrowFile } from '../../datasets/index.ts';
import type { DroppedPrompt, LongPrompts, PromptRow, TokenizedPrompt, Tokenizer } from '../../datasets/index.ts';

import type { Loop } from './loop.ts';

export interface PromptStageOptions {
  /** A file of prompts, or rows already in memory. */
  source: string | readonly PromptRow[];
  limit?: number;
  tokenizer: Tokenizer;
  contextLength: number;
  maxNewTokens: number;
  longPrompts: LongPrompts;
  format?: 'chat' | 'transcript';
  /** Name of the file in the run folder. Default `prompts.arrow`. */
  file?: string;
}

/** Reads and tokenizes the prompts; the run keeps its own copy, which a resumed run reads back. */
export async function promptStage(loop: Loop, options: PromptStageOptions): Promise<TokenizedPrompt[]> {
  const file = options.file ?? 'prompts.arrow';
  const path = join(loop.run.path, file);
  const limit = options.limit === undefined ? {} : { limit: options.limit };
  const rows = loop.run.has(file)
    ? await readArrowFile(path, 'prompts')
    : typeof options.source === 'string'
      ? await readPrompts(options.source, limit)
      : [...options.source];
  const { kept, dropped } = tokenizePrompts(options.tokenizer, rows, options);
  if (!loop.run.has(file)) await writeArrowFile(path, 'prompts', rows);
  if (dropped.length > 0) {
    loop.notes.push(describeDropped(dropped, rows.length, options, dropped.length));
    loop.print(describeDropped(dropped, rows.length, options, PRINTED));
  }
  return kept;
}

/** Dropped prompts that are named in the terminal; the report names all. */
const PRINTED = 10;

function describeDropped(
  dropped: readonly DroppedPrompt[],
  total: number,
  options: PromptStageOptions,
  listed: number,
): string {
  const exceeding = dropped.filter(({ reason }) => reason === 'exceeds-context').length;
  const named = dropped.slice(0, listed).map(({ id, tokens }) => `${id} (${tokens} tokens)`);
  const more =
    dropped.length > named.length ? `, and ${dropped.length - named.length} more (all are in the report)` : '';
  return (
    `Dropped ${dropped.length} of ${total} prompts: ${exceeding} exceed the context of ${options.contextLength} tokens, ` +
    `${dropped.length - exceeding} leave no room for ${options.maxNewTokens} new ones: ${named.join(', ')}${more}.`
  );
}
