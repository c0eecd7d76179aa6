import { readArrowFile, readPrompts, tokenizePrompts, writeArrowFile } from '../../datasets/index.ts';
import type { LongPrompts, PromptRow, TokenizedPrompt, Tokenizer } from '../../datasets/index.ts';
import { join } from 'node:path';

import type { Loop } from './loop.ts';

export interface PromptStageOptions {
  /** A file of prompts, or rows already in memory. */
  source: string | readonly PromptRow[];
  limit?: number;
  tokenizer: Tokenizer;
  contextLength: number;
  maxNewTokens: number;
  longPrompts: LongPrompts;
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
    const named = dropped.slice(0, 10).map(({ id, tokens }) => `${id} (${tokens} tokens)`);
    const more = dropped.length > named.length ? `, and ${dropped.length - named.length} more` : '';
    const line =
      `Dropped ${dropped.length} of ${rows.length} prompts that leave no room for ${options.maxNewTokens} new tokens in a ` +
      `context of ${options.contextLength}: ${named.join(', ')}${more}.`;
    loop.notes.push(line);
    loop.print(line);
  }
  return kept;
}
