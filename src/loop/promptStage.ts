import { join } from 'node:path';

import { readPrompts, tokenizePrompts, writeArrowFile } from '../../datasets/index.ts';
import type { LongPrompts, PromptRow, TokenizedPrompt, TokenizedPrompts, Tokenizer } from '../../datasets/index.ts';

import type { Loop } from './loop.ts';

export interface PreparePromptsOptions {
  /** A file of prompts, or rows already in memory. */
  source: string | readonly PromptRow[];
  limit?: number;
  tokenizer: Tokenizer;
  contextLength: number;
  maxNewTokens: number;
  longPrompts: LongPrompts;
  format?: 'chat' | 'transcript';
}

/** Prompts read and tokenized. */
export interface PreparedPrompts extends TokenizedPrompts {
  rows: readonly PromptRow[];
  contextLength: number;
  maxNewTokens: number;
}

/**
 * Reads and tokenizes the prompts of a run, before its folder exists: a faulty file leaves nothing behind.
 *
 * @throws {UserError} as readPrompts and tokenizePrompts
 */
export async function preparePrompts(options: PreparePromptsOptions): Promise<PreparedPrompts> {
  const { source, limit, contextLength, maxNewTokens } = options;
  const rows = typeof source === 'string' ? await readPrompts(source, limit === undefined ? {} : { limit }) : source;
  return { rows, contextLength, maxNewTokens, ...tokenizePrompts(options.tokenizer, rows, options) };
}

/**
 * Keeps a run's own copy of its prompts, and says which ones were dropped.
 *
 * @param file name of the copy in the run folder, default `prompts.arrow`
 * @returns the prompts that leave room for an answer
 */
export async function promptStage(
  loop: Loop,
  prepared: PreparedPrompts,
  file = 'prompts.arrow',
): Promise<TokenizedPrompt[]> {
  const { kept, dropped } = prepared;
  if (!loop.run.has(file)) await writeArrowFile(join(loop.run.path, file), 'prompts', prepared.rows);
  if (dropped.length > 0) {
    loop.notes.push(describeDropped(prepared, dropped.length));
    loop.print(describeDropped(prepared, PRINTED));
  }
  return kept;
}

/** Dropped prompts that are named in the terminal; the report names all. */
const PRINTED = 10;

function describeDropped({ dropped, rows, contextLength, maxNewTokens }: PreparedPrompts, listed: number): string {
  const exceeding = dropped.filter(({ reason }) => reason === 'exceeds-context').length;
  const named = dropped.slice(0, listed).map(({ id, tokens }) => `${id} (${tokens} tokens)`);
  const more =
    dropped.length > named.length ? `, and ${dropped.length - named.length} more (all are in the report)` : '';
  return (
    `Dropped ${dropped.length} of ${rows.length} prompts: ${exceeding} exceed the context of ${contextLength} tokens, ` +
    `${dropped.length - exceeding} leave no room for ${maxNewTokens} new ones: ${named.join(', ')}${more}.`
  );
}
