import { join } from 'node:path';

import { countReasons, readPrompts, tokenizePrompts, writeArrowFile } from '../../datasets/index.ts';
import type {
  AdapterChoice,
  LongPrompts,
  PromptRow,
  RowReport,
  TokenizedPrompt,
  TokenizedPrompts,
  Tokenizer,
} from '../../datasets/index.ts';

import { inferArrowType, isPassable } from '../../datasets/inferArrowType.ts';
import type { Loop } from './loop.ts';

export interface PreparePromptsOptions {
  /** A file of prompts, or rows already in memory. */
  source: string | readonly PromptRow[];
  limit?: number | undefined;
  /** Format of the rows of a file: `auto`, the name of an adapter, field paths, or a function from row to row. */
  adapter?: AdapterChoice | undefined;
  /** Columns of a file to keep beside the prompts: see `readPrompts`. */
  columns?: 'all' | readonly string[] | undefined;
  /** File for rows without a prompt; without it they are an error. */
  skipBad?: string | undefined;
  tokenizer: Tokenizer;
  contextLength: number;
  maxNewTokens: number;
  longPrompts: LongPrompts;
  format?: 'chat' | 'transcript';
}

/** Prompts read and tokenized. */
export interface PreparedPrompts extends TokenizedPrompts {
  rows: readonly PromptRow[];
  /** What the rows of a file were like. */
  report?: RowReport;
  contextLength: number;
  maxNewTokens: number;
}

/**
 * Reads and tokenizes the prompts of a run, before its folder exists: a faulty file leaves nothing behind.
 *
 * @throws {UserError} as readPrompts and tokenizePrompts
 */
export async function preparePrompts(options: PreparePromptsOptions): Promise<PreparedPrompts> {
  const { source, limit, adapter, columns, skipBad, contextLength, maxNewTokens } = options;
  const reports: RowReport[] = [];
  const onReport = (report: RowReport): void => void reports.push(report);
  const rows =
    typeof source === 'string' ? await readPrompts(source, { limit, adapter, columns, skipBad, onReport }) : source;
  return {
    rows,
    contextLength,
    maxNewTokens,
    ...(reports[0] && { report: reports[0] }),
    ...tokenizePrompts(options.tokenizer, rows, options),
  };
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
  const mixed = mixedColumns(prepared.rows);
  if (!loop.run.has(file)) {
    await writeArrowFile(join(loop.run.path, file), 'prompts', prepared.rows.map(without(mixed)));
  }
  const leftOut = mixed.map(
    (name) => `Column "${name}" holds values of several types: the judge reads it, ${file} leaves it out.`,
  );
  for (const note of [...notesOn(prepared.report), ...leftOut]) {
    loop.notes.push(note);
    loop.print(note);
  }
  if (dropped.length > 0) {
    loop.notes.push(describeDropped(prepared, dropped.length));
    loop.print(describeDropped(prepared, PRINTED));
  }
  return kept;
}

/** Columns that an Arrow file cannot hold. */
function mixedColumns(rows: readonly PromptRow[]): string[] {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  for (const own of ['id', 'messages', 'source']) names.delete(own);
  return [...names].filter((name) => {
    const type = inferArrowType(rows.map((row: PromptRow & Readonly<Record<string, unknown>>) => row[name]));
    return type === undefined || !isPassable(type);
  });
}

function without(names: readonly string[]): (row: PromptRow) => PromptRow {
  if (names.length === 0) return (row) => row;
  return (row) => Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name))) as PromptRow;
}

function notesOn(report: RowReport | undefined): string[] {
  if (!report) return [];
  const { bad, rows, reasons, warnings } = report;
  return bad === 0 ? warnings : [...warnings, `Left out ${bad} of ${rows} rows (${countReasons(reasons)}).`];
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
