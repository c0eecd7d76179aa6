import * as tf from '@tensorflow/tfjs-core';

import type { Tokenizer } from '../../datasets/index.ts';
import { loadWithNewHead } from '../models/index.ts';
import type { AnswerTensors } from './preferenceEmbedding.ts';
import { HEAD_WEIGHT, PREFERENCE_WIDTH, preferenceEmbedding, preferenceLogits } from './preferenceEmbedding.ts';
import { answerBatch, checkTokenizer, encodeAnswer, type EncodedAnswer } from './preferenceModel.ts';
import type { TrainableJudge } from './trainableJudge.ts';

/**
 * A preference model to be trained: the body of a language model with a fresh preference head. Its weights, saved with
 * `savePolicy` beside the tokenizer, are what `loadPreferenceModel` opens.
 *
 * @param folder a causal language model in Hugging Face layout
 * @throws {UserError} when the folder holds none, or the tokenizer is not the model's
 */
export async function newPreferenceModel(
  folder: string,
  { tokenizer, seed }: { tokenizer: Tokenizer; seed: number | string },
): Promise<TrainableJudge<EncodedAnswer, AnswerTensors>> {
  const model = await loadWithNewHead(
    folder,
    ({ source, hiddenSize }) => ({
      // The embeddings of a preference model write nothing: no second matrix belongs to them.
      source: { ...source, architectures: ['NashtunePreferenceModel'], tie_word_embeddings: true },
      name: HEAD_WEIGHT,
      shape: [PREFERENCE_WIDTH, 2 * hiddenSize],
    }),
    seed,
  );
  const { config } = model;
  try {
    checkTokenizer(tokenizer, config);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return {
    model,
    encode: (prompt, answer) => encodeAnswer(tokenizer, prompt, answer, config.contextLength),
    tensorsOf: (texts) => answerBatch(texts, texts.length, tokenizer.padTokenId ?? 0),
    compare: (weights, texts) => {
      const [first, second] = tf.split(preferenceEmbedding(config, weights, texts), 2) as [tf.Tensor2D, tf.Tensor2D];
      return { logits: preferenceLogits(first, second) };
    },
  };
}
