import { causalScores, parseDecoderConfig, weightSpecs, type DecoderConfig } from 'nashtune/models';

import type { RandomStream } from '../src/base/seed.ts';

/** What a training benchmark runs. */
export interface TrainTerms {
  model: DecoderConfig;
  /** Preference pairs of a step: twice as many sequences. */
  pairs: number;
  /** Tokens of each sequence; all of them count in the loss. */
  length: number;
}

/** What a generation benchmark runs. */
export interface GenerateTerms {
  model: DecoderConfig;
  /** Sequences decoded together. */
  rows: number;
  promptTokens: number;
  /** No response ends earlier. */
  newTokens: number;
}

/** A Llama of 33.7 million weights; the scripts in `peers/` have the same one. */
const MODEL = parseDecoderConfig(
  {
    model_type: 'llama',
    vocab_size: 16_384,
    hidden_size: 512,
    intermediate_size: 1376,
    num_hidden_layers: 8,
    num_attention_heads: 8,
    rms_norm_eps: 1e-5,
    max_position_embeddings: 256,
    tie_word_embeddings: true,
  },
  'benchmark model',
);

/** The terms under which all figures in LOG.md were taken. */
export const TRAIN_TERMS: TrainTerms = { model: MODEL, pairs: 4, length: 256 };
export const GENERATE_TERMS: GenerateTerms = { model: MODEL, rows: 32, promptTokens: 64, newTokens: 192 };

/** Weights that take part in matrix products: all but the norms; the tied embedding as the output matrix. */
function matrixWeights(model: DecoderConfig): number {
  const matrices = weightSpecs(model).filter(({ shape }) => shape.length > 1);
  return matrices.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

const layersOf = ({ architecture }: DecoderConfig): number => architecture.layers.length;

/**
 * Floating-point operations of the matrix products of a training step, per token: two per weight forward and four backward,
 * and four for each number of a head and score of attention forward and twice that backward, the masked scores of blocks
 * included. What is computed a second time to save memory does not count.
 */
export function trainFlopsPerToken({ model, length }: TrainTerms): number {
  const scoresPerToken = causalScores(length) / length;
  return 6 * matrixWeights(model) + 12 * layersOf(model) * scoresPerToken * model.heads * model.headSize;
}

/** The same for one generated token, its share of the prompt included; attention over the cache that is filled. */
export function generateFlopsPerToken({ model, promptTokens, newTokens }: GenerateTerms): number {
  const positions = promptTokens + newTokens;
  // The output matrix is needed for new tokens only.
  const output = model.vocabSize * model.hiddenSize;
  const weights = (2 * positions * (matrixWeights(model) - output)) / newTokens + 2 * output;
  const pairsOfPositions = (positions * positions) / 2;
  return weights + (4 * layersOf(model) * model.heads * model.headSize * pairsOfPositions) / newTokens;
}

/** Random tokens of a model's vocabulary. */
export function randomTokens({ vocabSize }: DecoderConfig, count: number, random: RandomStream): number[] {
  return Array.from({ length: count }, () => random.integer(vocabSize));
}
