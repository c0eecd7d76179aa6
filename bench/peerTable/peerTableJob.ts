import type { TokenizedPair } from 'nashtune/datasets';

import type { TextPrompt } from './takeText.ts';

/** What both sides of a row read: model folder, precision, threads, and the work in token ids. */
export interface PeerTableJob {
  kind: 'train' | 'generate' | 'ragged' | 'round';
  /** Folder in Hugging Face layout. */
  model: string;
  precision: 'fp32' | 'bf16';
  seed: number;
  threads: number;
  device: 'cpu' | 'gpu';
  padToken: number;
}

export interface TrainTableJob extends PeerTableJob {
  kind: 'train';
  loss: 'sigmoid';
  beta: number;
  learningRate: number;
  batchSize: number;
  maxLength: number;
  /** Steps before those that count. */
  warmUp: number;
  recompute: false;
  /** Whether TRL runs with Liger's kernels. */
  liger?: boolean;
  /** How our side lays pairs into rows. */
  layout: 'padded' | 'packed' | 'shared-prompt';
  pairs: { prompt_ids: number[]; chosen_ids: number[]; rejected_ids: number[] }[];
}

export interface GenerateTableJob extends PeerTableJob {
  kind: 'generate';
  prompts: number[][];
  newTokens: number;
  /** Runs that count. */
  steps: number;
}

export interface RaggedTableJob extends PeerTableJob {
  kind: 'ragged';
  prompts: number[][];
  /** Where each response to each prompt ends. */
  stops: number[][];
  /** Which the peer tries; it takes the fastest. */
  batchSizes: number[];
  /** Rows that ours decodes together. */
  rows: number;
}

/** One whole round of SPPO: answers, verdicts, pairs, reference, one epoch, and the weights saved. */
export interface RoundTableJob extends PeerTableJob {
  kind: 'round';
  /** Folder of the policy's tokenizer. */
  tokenizer: string;
  /** Folder of a PairRM with its tokenizer. */
  judge: string;
  prompts: TextPrompt[];
  /** Where each answer to each prompt ends. */
  stops: number[][];
  /** Rows that ours decodes together, and rows that the peer does. */
  rows: { ours: number; peer: number };
  beta: number;
  learningRate: number;
  weightDecay: number;
  /** Pairs of a step. */
  batchSize: number;
}

export type AnyTableJob = TrainTableJob | GenerateTableJob | RaggedTableJob | RoundTableJob;

/** Pairs as the scripts of the peers read them. */
export function pairsAsJson(pairs: readonly TokenizedPair[]): TrainTableJob['pairs'] {
  return pairs.map(({ promptIds, chosenIds, rejectedIds }) => ({
    prompt_ids: [...promptIds],
    chosen_ids: [...chosenIds],
    rejected_ids: [...rejectedIds],
  }));
}
