import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';

import { randomStream } from '../base/seed.ts';
import { renderChat, type Tokenizer } from '../../datasets/index.ts';
import { createPolicy, parseDecoderConfig, savePolicy } from '../models/index.ts';
import { createAdamW, createSchedule, createTrainingStep, sequenceLogProbs } from '../training/index.ts';
import type { Dialogue } from './index.ts';

const SHAPE = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 1024,
  hidden_size: 128,
  intermediate_size: 352,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 32,
  hidden_act: 'silu',
  rms_norm_eps: 1e-5,
  max_position_embeddings: 160,
  rope_parameters: { rope_theta: 10_000, rope_type: 'default' },
  tie_word_embeddings: true,
  attention_bias: false,
  mlp_bias: false,
  initializer_range: 0.02,
  bos_token_id: null,
  eos_token_id: 2,
  pad_token_id: 0,
};

const EPOCHS = 5;
const ROWS = 64;
const PEAK_RATE = 3e-3;
const WARMUP = 50;
const LENGTH_STEP = 32;

interface Row {
  ids: number[];
  answerStart: number;
}

/** Trains the base policy by next-token prediction on the answers of the world's mixture, and saves it in bfloat16. */
export async function trainBasePolicy(options: {
  tokenizer: Tokenizer;
  dialogues: readonly Dialogue[];
  folder: string;
  seed: number;
}): Promise<void> {
  const { tokenizer, seed } = options;
  const config = parseDecoderConfig(SHAPE, 'base policy');
  const policy = createPolicy(config, seed);
  const rows = options.dialogues.map(({ prompt, answer }): Row => {
    const chat = renderChat(tokenizer, [{ role: 'user', content: prompt }], { addGenerationPrompt: true });
    const promptIds = tokenizer.encode(chat, { addSpecialTokens: false });
    const answerIds = [...tokenizer.encode(answer, { addSpecialTokens: false }), tokenizer.eosTokenId!];
    return { ids: [...promptIds, ...answerIds], answerStart: promptIds.length };
  });
  const optimizer = createAdamW(policy.parameters, { beta2: 0.98, weightDecay: 0.05 });
  const train = createTrainingStep<{ ids: tf.Tensor; mask: tf.Tensor }>({
    parameters: policy.parameters,
    optimizer,
    clipNorm: 1,
    name: 'nextToken',
    lossOf: (weights, { ids, mask }) => {
      const logProbs = sequenceLogProbs(config, weights, ids as tf.Tensor2D, mask as tf.Tensor2D);
      return { loss: tf.neg(tf.div(tf.sum(logProbs), tf.sum(mask))) };
    },
  });
  const perEpoch = Math.floor(rows.length / ROWS);
  const total = perEpoch * EPOCHS;
  const schedule = createSchedule({ name: 'linear', peak: PEAK_RATE, total, warmupSteps: WARMUP });
  let step = 0;
  const start = performance.now();
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    let sum = 0;
    for (const batch of epochBatches(rows, seed, epoch)) {
      step++;
      const tensors = batchTensors(batch, tokenizer.padTokenId ?? 0);
      const scalars = {
        step: tf.scalar(step),
        learningRate: tf.scalar(schedule(step)),
      };
      const result = await train.async({ batch: tensors, ...scalars });
      sum += (await result['loss']!.data())[0]!;
      tf.dispose([tensors, scalars, result]);
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(
      `base policy: epoch ${epoch + 1}/${EPOCHS}, loss ${(sum / perEpoch).toFixed(4)} nats a token, ${seconds} s`,
    );
  }
  await saveBeside(options.folder, (folder) => savePolicy(policy, folder, { dtype: 'BF16' }));
  train.dispose();
  optimizer.dispose();
  policy.dispose();
}

/** Replaces model files in a folder whose tokenizer files stay. */
async function saveBeside(folder: string, save: (folder: string) => Promise<void>): Promise<void> {
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  await save(fresh);
  await mkdir(folder, { recursive: true });
  await copyFile(join(fresh, 'config.json'), join(folder, 'config.json'));
  await rename(join(fresh, 'model.safetensors'), join(folder, 'model.safetensors'));
  await rm(fresh, { recursive: true });
}

/** Batches of rows of similar length, in random order. */
function epochBatches(rows: readonly Row[], seed: number, epoch: number): Row[][] {
  const random = randomStream(seed, 'base policy', 'epoch', epoch);
  const sorted = random.shuffle(rows).sort((a, b) => a.ids.length - b.ids.length);
  const batches: Row[][] = [];
  for (let i = 0; i + ROWS <= sorted.length; i += ROWS) batches.push(sorted.slice(i, i + ROWS));
  return random.shuffle(batches);
}

function batchTensors(batch: readonly Row[], padToken: number): { ids: tf.Tensor; mask: tf.Tensor } {
  const longest = Math.max(...batch.map(({ ids }) => ids.length));
  const length = Math.ceil(longest / LENGTH_STEP) * LENGTH_STEP;
  const ids = new Int32Array(batch.length * length).fill(padToken);
  const mask = new Float32Array(batch.length * (length - 1));
  batch.forEach((row, i) => {
    ids.set(row.ids, i * length);
    mask.fill(1, i * (length - 1) + row.answerStart - 1, i * (length - 1) + row.ids.length - 1);
  });
  return {
    ids: tf.tensor2d(ids, [batch.length, length], 'int32'),
    mask: tf.tensor2d(mask, [batch.length, length - 1]),
  };
}
