import type { TokenizedPair } from 'nashtune/datasets';

/** What both sides of a row read: model folder, precision, threads, and the work in token ids. */
export interface PeerTableJob {
  kind: 'train' | 'generate' | 'ragged';
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

export type AnyTableJob = TrainTableJob | GenerateTableJob | RaggedTableJob;

/** Pairs as the scripts of the peers read them. */
export function pairsAsJson(pairs: readonly TokenizedPair[]): TrainTableJob['pairs'] {
  return pairs.map(({ promptIds, chosenIds, rejectedIds }) => ({
    prompt_ids: [...promptIds],
    chosen_ids: [...chosenIds],
    rejected_ids: [...rejectedIds],
  }));
}
