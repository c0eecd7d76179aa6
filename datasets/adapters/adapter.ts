import type { Message } from '../messages.ts';
import type { RowFault } from './rowFault.ts';

/** A row as a reader of JSON, Parquet or CSV gives it: nothing about it is known yet. */
export type RawRow = Readonly<Record<string, unknown>>;

/** Two answers to one conversation, still without an id. */
export interface AdaptedPair {
  prompt: Message[];
  chosen: string;
  rejected: string;
  /** Score of the chosen answer minus that of the rejected one, on the dataset's own scale. */
  scoreMargin?: number;
  /** The probability that the chosen answer beats the rejected one, where the row has one. */
  chosenProbability?: number;
  /** The part of a benchmark that the pair belongs to. */
  subset?: string;
}

/** One answer to a conversation, still without an id. */
export interface AdaptedResponse {
  /** Empty for plain text that answers nothing (TRL's language modeling). */
  prompt: Message[];
  response: string;
  /** Whether the answer was liked (KTO, TRL's unpaired preference). */
  label?: boolean;
  score?: number;
  /** The model that wrote the answer. */
  generator?: string;
}

/** How rows that hold several scored answers become pairs. */
export interface ScoredAnswers {
  /** `best-worst`: the best against the worst; `all`: every two answers, the better one chosen. */
  pairs: 'best-worst' | 'all';
  /** Pairs closer than this on the dataset's scale are left out. Equal scores never make a pair of several answers. */
  minMargin: number;
}

/**
 * One format of rows. What a row of it can be turned into has a function, which returns what the row holds or what is wrong
 * with it. It throws nothing, whatever the row holds.
 */
export interface Adapter {
  name: string;
  /** What such a row looks like, in one line. */
  describes: string;
  /** Whether the row looks like this format, by its fields alone: a faulty row still matches and is then explained. */
  matches: (row: RawRow) => boolean;
  toPairs?: (row: RawRow, scored: ScoredAnswers) => AdaptedPair[] | RowFault;
  toPrompt?: (row: RawRow) => Message[] | RowFault;
  toResponses?: (row: RawRow) => AdaptedResponse[] | RowFault;
}

/** Whether each of the fields is there and not null. */
export function has(row: RawRow, ...fields: string[]): boolean {
  return fields.every((field) => row[field] !== undefined && row[field] !== null);
}
