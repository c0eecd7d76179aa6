import * as tf from '@tensorflow/tfjs-core';

import { loadTokenizer, readPairs, renderChat } from '../../datasets/index.ts';
import { randomStream } from '../../src/base/seed.ts';
import { rationaleQuestions } from '../../src/loop/index.ts';
import { createPolicy, parseDecoderConfig, savePolicy } from '../../src/models/index.ts';
import { createAdamW, createTrainingStep, sequenceLogProbs } from '../../src/training/index.ts';
import { TOKENIZER } from './tinyPolicy.ts';

const SHAPE = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 2048,
  hidden_size: 32,
  intermediate_size: 64,
  num_attention_heads: 2,
  rms_norm_eps: 1e-5,
  max_position_embeddings: 288,
  tie_word_embeddings: true,
};
const [ROWS, LENGTH] = [8, 256];

/** How the model is made: one layer and 50 steps unless told otherwise. */
interface WeakJudgeOptions {
  layers?: number;
  steps?: number;
  learningRate?: number;
}

/** Saves a small model that answers questions for a rationale with a verdict, A or B at random. */
export async function writeWeakJudge(
  folder: string,
  pairs: string,
  { layers = 1, steps = 50, learningRate = 1e-2 }: WeakJudgeOptions = {},
): Promise<void> {
  const config = parseDecoderConfig({ ...SHAPE, num_hidden_layers: layers }, 'weak judge');
  const policy = createPolicy(config, 1);
  const tokenizer = await loadTokenizer(TOKENIZER);
  const random = randomStream(1, 'weak judge');
  const { rows } = rationaleQuestions((await readPairs(pairs)).pairs, 7);
  const optimizer = createAdamW(policy.parameters);
  const step = createTrainingStep<{ ids: tf.Tensor; mask: tf.Tensor }>({
    parameters: policy.parameters,
    optimizer,
    clipNorm: 1,
    lossOf: (weights, { ids, mask }) => {
      const logProbs = sequenceLogProbs(config, weights, ids as tf.Tensor2D, mask as tf.Tensor2D);
      return { loss: tf.neg(tf.div(tf.sum(logProbs), tf.sum(mask))) };
    },
  });
  for (let n = 1; n <= steps; n++) {
    const ids = new Int32Array(ROWS * LENGTH);
    const mask = new Float32Array(ROWS * (LENGTH - 1));
    for (let row = 0; row < ROWS; row++) {
      const { messages } = random.pick(rows);
      const isFirst = random.uniform() < 0.5;
      const text = renderChat(tokenizer, messages, { addGenerationPrompt: true });
      const prompt = tokenizer.encode(text, { addSpecialTokens: false });
      const answer = tokenizer.encode(isFirst ? '[[A]]' : '[[B]]', { addSpecialTokens: false });
      ids.set([...prompt, ...answer, tokenizer.eosTokenId!], row * LENGTH);
      mask.fill(1, row * (LENGTH - 1) + prompt.length - 1, row * (LENGTH - 1) + prompt.length + answer.length);
    }
    const batch = { ids: tf.tensor2d(ids, [ROWS, LENGTH], 'int32'), mask: tf.tensor2d(mask, [ROWS, LENGTH - 1]) };
    const scalars = { step: tf.scalar(n), learningRate: tf.scalar(learningRate) };
    const result = await step.async({ batch, ...scalars });
    tf.dispose([batch, scalars, result]);
  }
  step.dispose();
  optimizer.dispose();
  await savePolicy(policy, folder, { companions: TOKENIZER });
  policy.dispose();
}
