import * as tf from '@tensorflow/tfjs-core';

import { truncatedEntropy } from '../../src/loop/monitors/index.ts';
import { compile } from '../../src/engine/index.ts';
import { capLogits, causalHidden, outputEmbedding, readWeights, type Policy } from '../../src/models/index.ts';

/** Most likely tokens that the entropy is taken of. */
const TOP = 50;
/** Step to which lengths are padded. */
const STEP = 64;

/** A text of token ids: the prompt, and the answer whose entropies are wanted. */
export interface AnsweredPrompt {
  prompt: readonly number[];
  answer: readonly number[];
}

/** Computes the entropy of the policy before each token of answers, nats, of its 50 most likely tokens. */
export interface EntropyProfiler {
  profile(text: AnsweredPrompt): Promise<number[]>;
  dispose(): void;
}

/** @see truncatedEntropy, and Tao et al. 2025, arXiv:2510.09259 */
export function createEntropyProfiler(policy: Policy): EntropyProfiler {
  const { config } = policy;
  const top = Math.min(TOP, config.vocabSize);
  const likeliest = compile(
    ({ ids, places }: { ids: tf.Tensor; places: tf.Tensor }) => {
      const weights = readWeights(policy);
      const hidden = causalHidden(config, weights, ids as tf.Tensor2D);
      const states = tf.gather(tf.reshape(hidden, [-1, config.hiddenSize]), places) as tf.Tensor2D;
      const logits = capLogits(config, tf.matMul(states, outputEmbedding(config, weights), false, true));
      return tf.topk(logits, top, true).values;
    },
    { name: 'entropies', mode: 'graph' },
  );
  return {
    profile: async ({ prompt, answer }) => {
      const text = [...prompt, ...answer];
      const length = Math.min(config.contextLength, Math.ceil(text.length / STEP) * STEP);
      const ids = new Int32Array(length);
      ids.set(text);
      const rows = Math.ceil(answer.length / STEP) * STEP;
      // The state at a token tells the next one; places beyond the answer repeat its first.
      const places = Int32Array.from({ length: rows }, (_, at) => prompt.length - 1 + (at < answer.length ? at : 0));
      const inputs = { ids: tf.tensor2d(ids, [1, length], 'int32'), places: tf.tensor1d(places, 'int32') };
      try {
        const result = await likeliest.async(inputs);
        const values = (await result.data()) as Float32Array;
        result.dispose();
        return answer.map((_, at) => truncatedEntropy(Array.from(values.subarray(at * top, (at + 1) * top))));
      } finally {
        tf.dispose(inputs);
      }
    },
    dispose: () => likeliest.dispose(),
  };
}
