import { Field, Float32, Float64, Int32, List, Struct, Utf8 } from 'apache-arrow';
import type { DataType } from 'apache-arrow';
import { z } from 'zod';

import { messageSchema } from './messages.ts';

const column = (name: string, type: DataType): Field => new Field(name, type, false);
const optional = (name: string, type: DataType): Field => new Field(name, type, true);
const list = (item: DataType): List => new List(new Field('item', item, false));
const messages = (): List => list(new Struct([column('role', new Utf8()), column('content', new Utf8())]));

const id = z.string().min(1);
const index = z.int32().min(0);
const probability = z.number().min(0).max(1);
const tokenIds = z.array(index);

/** A conversation that waits for the policy's turn. */
const promptRow = z.object({ id, messages: z.array(messageSchema).min(1), source: z.string() });

/**
 * The k-th answer of a policy. `token_ids` ends in exactly one end token unless `finish_reason` is `length`, and
 * `token_logps` holds the sampling log-probability of each of them, in nats.
 */
const sampleRow = z
  .object({
    id,
    prompt_id: id,
    k: index,
    text: z.string(),
    prompt_token_ids: tokenIds,
    token_ids: tokenIds,
    token_logps: z.array(z.number()),
    finish_reason: z.string().min(1),
    policy_hash: z.string(),
    sampler: z.string(),
  })
  .refine((row) => row.token_logps.length === row.token_ids.length, {
    path: ['token_logps'],
    error: 'must have one entry for each of token_ids',
  });

/** Probability that answer i beats answer j. An error leaves it null: an error is not a tie and not a loss. */
const judgmentRow = z.object({
  prompt_id: id,
  i: index,
  j: index,
  p_i_beats_j: probability.nullable(),
  error: z.string().nullable(),
  judge_id: z.string(),
  raw: z.string().nullable(),
});

/** Pointwise score of answer k, on the judge's own scale; null when the judge failed on it. */
const scoreRow = z.object({
  prompt_id: id,
  k: index,
  score: z.number().nullable(),
  error: z.string().nullable(),
  judge_id: z.string(),
});

/**
 * A training pair. `p_chosen` and `p_rejected` are mean win rates over the other answers to the prompt. A pair made of
 * samples names them, and then trains on their token ids, never on re-tokenized text.
 */
const pairRow = z.object({
  id,
  prompt_id: id,
  prompt: z.array(messageSchema).min(1),
  chosen: z.string(),
  rejected: z.string(),
  chosen_sample_id: id.nullable(),
  rejected_sample_id: id.nullable(),
  p_chosen: probability,
  p_rejected: probability,
  p_chosen_beats_rejected: probability,
  weight: z.number().min(0),
  round: index,
  provenance: z.string(),
});

/** Log-probability of one side of a pair under one model: sum over `count` response tokens, in nats. */
const logpRow = z.object({
  pair_id: id,
  side: z.enum(['chosen', 'rejected']),
  model_hash: z.string(),
  sum: z.number(),
  count: index,
});

const text = new Utf8();
const int32 = new Int32();
const float64 = new Float64();

/** The tables that stages hand to each other: Arrow columns, and the zod type of a row. Names are those on disk. */
export const TABLES = {
  prompts: { row: promptRow, columns: [column('id', text), column('messages', messages()), column('source', text)] },
  samples: {
    row: sampleRow,
    columns: [
      column('id', text),
      column('prompt_id', text),
      column('k', int32),
      column('text', text),
      column('prompt_token_ids', list(int32)),
      column('token_ids', list(int32)),
      column('token_logps', list(new Float32())),
      column('finish_reason', text),
      column('policy_hash', text),
      column('sampler', text),
    ],
  },
  judgments: {
    row: judgmentRow,
    columns: [
      column('prompt_id', text),
      column('i', int32),
      column('j', int32),
      optional('p_i_beats_j', float64),
      optional('error', text),
      column('judge_id', text),
      optional('raw', text),
    ],
  },
  scores: {
    row: scoreRow,
    columns: [
      column('prompt_id', text),
      column('k', int32),
      optional('score', float64),
      optional('error', text),
      column('judge_id', text),
    ],
  },
  pairs: {
    row: pairRow,
    columns: [
      column('id', text),
      column('prompt_id', text),
      column('prompt', messages()),
      column('chosen', text),
      column('rejected', text),
      optional('chosen_sample_id', text),
      optional('rejected_sample_id', text),
      column('p_chosen', float64),
      column('p_rejected', float64),
      column('p_chosen_beats_rejected', float64),
      column('weight', float64),
      column('round', int32),
      column('provenance', text),
    ],
  },
  logps: {
    row: logpRow,
    columns: [
      column('pair_id', text),
      column('side', text),
      column('model_hash', text),
      column('sum', float64),
      column('count', int32),
    ],
  },
} as const;

export type TableName = keyof typeof TABLES;

export type PromptRow = z.infer<typeof promptRow>;
export type SampleRow = z.infer<typeof sampleRow>;
export type JudgmentRow = z.infer<typeof judgmentRow>;
export type ScoreRow = z.infer<typeof scoreRow>;
export type PairRow = z.infer<typeof pairRow>;
export type LogpRow = z.infer<typeof logpRow>;

/** The row type of each table. */
export interface TableRows {
  prompts: PromptRow;
  samples: SampleRow;
  judgments: JudgmentRow;
  scores: ScoreRow;
  pairs: PairRow;
  logps: LogpRow;
}
