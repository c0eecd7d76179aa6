import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';

import { randomStream } from '../base/seed.ts';
import { writeFileAtomic } from '../base/writeFileAtomic.ts';
import { renderChat, type Tokenizer } from '../../datasets/index.ts';
import { createParameter, type Parameter } from '../engine/index.ts';
import {
  answerBatch,
  createPreferenceJudge,
  encodeAnswer,
  preferenceEmbedding,
  preferenceLogits,
  preferenceWeightShapes,
  type EncodedAnswer,
} from '../judges/index.ts';
import { loadPolicy, parseLlamaConfig, storedWeights, writeSafetensors } from '../models/index.ts';
import { createSampler } from '../sampling/index.ts';
import { createAdamW, createTrainingStep, linearSchedule } from '../training/index.ts';
import { judgeAccuracy } from './judgeAccuracy.ts';
import { labelledComparisons } from './labelledComparisons.ts';
import { promptText, type WorldPrompt } from './prompts.ts';

const SHAPE = {
  architectures: ['NashtunePreferenceModel'],
  model_type: 'llama',
  vocab_size: 1024,
  hidden_size: 96,
  intermediate_size: 256,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  head_dim: 24,
  hidden_act: 'silu',
  rms_norm_eps: 1e-5,
  max_position_embeddings: 256,
  rope_parameters: { rope_theta: 10_000, rope_type: 'default' },
  tie_word_embeddings: true,
  initializer_range: 0.02,
  bos_token_id: null,
  eos_token_id: 2,
  pad_token_id: 0,
};

const COMPARISONS = 40_000;
const EPOCHS = 3;
const PAIRS = 64;
const PEAK_RATE = 2e-3;
const WARMUP = 100;
/** Answers of the base policy itself, among those compared: the judge must know what it will judge. */
const POLICY_PROMPTS = 2_000;

/** Trains the preference model on noisy comparisons under the world's hidden rule; prints its held-out accuracy. */
export async function trainJudge(options: {
  tokenizer: Tokenizer;
  train: readonly WorldPrompt[];
  heldOut: readonly WorldPrompt[];
  folder: string;
  policyFolder: string;
  seed: number;
}): Promise<void> {
  const { tokenizer, seed } = options;
  const config = parseLlamaConfig(SHAPE, 'preference model');
  const sampled = await policyAnswers(options);
  const trainSet = labelledComparisons(options.train, COMPARISONS, randomStream(seed, 'judge', 'train'), sampled);
  const encode = (prompt: string, answer: string): EncodedAnswer =>
    encodeAnswer(tokenizer, [{ role: 'user', content: prompt }], answer, config.contextLength);

  const parameters = initialParameters(config, seed);
  const optimizer = createAdamW(parameters, { beta2: 0.98, weightDecay: 0.05 });
  const fit = createTrainingStep<{ ids: tf.Tensor; valid: tf.Tensor; answer: tf.Tensor; label: tf.Tensor }>({
    parameters,
    optimizer,
    clipNorm: 1,
    name: 'preference',
    lossOf: (weights, { ids, valid, answer, label }) => {
      const batch = { ids: ids as tf.Tensor2D, valid: valid as tf.Tensor2D, answer: answer as tf.Tensor2D };
      const embeddings = preferenceEmbedding(config, weights, batch);
      const [a, b] = tf.split(embeddings, 2) as [tf.Tensor2D, tf.Tensor2D];
      const logits = preferenceLogits(a, b);
      // Cross-entropy with label 1 (a won) or 0: softplus(z) - y z.
      return { loss: tf.mean(tf.sub(tf.softplus(logits), tf.mul(label, logits))) as tf.Scalar };
    },
  });
  const batches = Math.floor(trainSet.length / PAIRS);
  const total = batches * EPOCHS;
  const start = performance.now();
  let step = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const order = randomStream(seed, 'judge', 'epoch', epoch).shuffle(trainSet);
    let sum = 0;
    for (let i = 0; i < batches; i++) {
      step++;
      const items = order.slice(i * PAIRS, (i + 1) * PAIRS);
      const answers = [...items.map(({ prompt, a }) => encode(prompt, a)), ...items.map(({ prompt, b }) => encode(prompt, b))];
      const batch = {
        ...answerBatch(answers, answers.length, tokenizer.padTokenId ?? 0),
        label: tf.tensor1d(items.map(({ firstWon }) => Number(firstWon))),
      };
      const scalars = { step: tf.scalar(step), learningRate: tf.scalar(linearSchedule(step, total, WARMUP, PEAK_RATE)) };
      const result = await fit.async({ batch, ...scalars });
      sum += (await result['loss']!.data())[0]!;
      tf.dispose([batch, scalars, result]);
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`judge: epoch ${epoch + 1}/${EPOCHS}, loss ${(sum / batches).toFixed(4)}, ${seconds} s`);
  }
  fit.dispose();
  optimizer.dispose();
  await writeFileAtomic(join(options.folder, 'config.json'), `${JSON.stringify({ ...SHAPE, dtype: 'bfloat16' }, null, 2)}\n`);
  await writeSafetensors(join(options.folder, 'model.safetensors'), await storedWeights(parameters), 'BF16');
  const judge = createPreferenceJudge({ config, parameters, tokenizer, id: 'in training' });
  const { noisy, clean, count } = await judgeAccuracy(judge, options.heldOut, seed);
  const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
  console.log(`judge: right in ${percent(noisy)} of ${count} held-out comparisons with noisy labels, ${percent(clean)} by the hidden rule`);
  judge.dispose();
}

function initialParameters(config: ReturnType<typeof parseLlamaConfig>, seed: number): Map<string, Parameter> {
  const parameters = new Map<string, Parameter>();
  for (const [name, shape] of preferenceWeightShapes(config)) {
    const random = randomStream(seed, 'judge', 'initialize', name);
    const size = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: size }, () => (shape.length === 1 ? 1 : 0.05 * random.normal()));
    const initial = tf.tensor(data, shape);
    parameters.set(name, createParameter(initial, name));
    initial.dispose();
  }
  return parameters;
}

/** Two answers of the base policy to each of some training prompts, by prompt. */
async function policyAnswers(options: {
  tokenizer: Tokenizer;
  train: readonly WorldPrompt[];
  policyFolder: string;
  seed: number;
}): Promise<Map<string, string[]>> {
  const { tokenizer, seed } = options;
  const policy = await loadPolicy(options.policyFolder);
  const sampler = createSampler(policy);
  const prompts = randomStream(seed, 'judge', 'policy prompts').shuffle(options.train).slice(0, POLICY_PROMPTS);
  const requests = prompts.flatMap((prompt) => {
    const chat = renderChat(tokenizer, prompt.messages, { addGenerationPrompt: true });
    const promptTokens = tokenizer.encode(chat, { addSpecialTokens: false });
    return [0, 1].map((k) => ({ key: `${prompt.id}:${k}`, promptTokens }));
  });
  const responses = await sampler.generate(requests, {
    maxNewTokens: 80,
    temperature: 1,
    seed: `${seed} judge`,
    endToken: tokenizer.eosTokenId!,
    padToken: tokenizer.padTokenId ?? 0,
    batchSize: 128,
  });
  sampler.dispose();
  policy.dispose();
  const texts = responses.map(({ tokenIds }) => tokenizer.decode(tokenIds, { skipSpecialTokens: true }));
  return new Map(prompts.map((prompt, i) => [promptText(prompt), [texts[2 * i]!, texts[2 * i + 1]!]]));
}
