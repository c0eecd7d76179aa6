import { expect, test } from 'vitest';

import { checkMemory, formatMemoryPlan, parseDecoderConfig, planMemory } from '../../src/models/index.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';

/** The model of the benchmarks. */
const config = parseDecoderConfig(
  {
    model_type: 'llama',
    vocab_size: 16_384,
    hidden_size: 512,
    intermediate_size: 1376,
    num_hidden_layers: 8,
    num_attention_heads: 8,
    rms_norm_eps: 1e-5,
    max_position_embeddings: 4096,
    tie_word_embeddings: true,
  },
  'test',
);
const training = { sequences: 8, length: 256, option: 'train.batchSize' };
const generation = { rows: 32, length: 256, option: 'sampling.batchSize' };
const bytesOf = (work: object, what: string): number =>
  planMemory({ config, ...work }).parts.find((part) => part.what.startsWith(what))!.bytes;

test('weights, optimizer and cache are counted exactly', () => {
  const weights = 33_694_208;
  expect(bytesOf({}, 'weights')).toBe(4 * weights);
  expect(bytesOf({ models: 2, weightBytes: 2 }, 'weights of 2 models')).toBe(4 * weights);
  expect(bytesOf({ training }, 'optimizer')).toBe(8 * weights);
  // Keys and values of 8 layers of 8 heads of 64, twice.
  expect(bytesOf({ generation }, 'cache')).toBe(2 * 2 * 32 * 256 * 8 * 512 * 4);
});

test('the estimate lies near what the benchmarks measured', () => {
  // bench/LOG.md: 2.63 to 2.68 GB for training, 1.27 to 1.36 GB for generation.
  expect(planMemory({ config, training }).peakBytes / 1e9).toBeCloseTo(2.7, 1);
  expect(planMemory({ config, generation }).peakBytes / 1e9).toBeCloseTo(1.3, 1);
});

test('generation and training take turns, but the optimizer stays', () => {
  const both = planMemory({ config, training, generation }).peakBytes;
  const alone = planMemory({ config, training }).peakBytes;
  expect(both).toBe(alone);
  const large = { ...generation, rows: 1024 };
  const optimizer = bytesOf({ training }, 'optimizer');
  expect(planMemory({ config, training, generation: large }).peakBytes).toBe(
    planMemory({ config, generation: large }).peakBytes + optimizer,
  );
});

test('an adapter needs an optimizer for itself alone', () => {
  const lora = { rank: 8, targetModules: ['q_proj'] };
  expect(bytesOf({ training: { ...training, lora } }, 'optimizer')).toBe(8 * 8 * 8 * (512 + 512));
});

test('activations that are computed again take less, and pieces take a sum of gradients', () => {
  const less = { ...training, recompute: true };
  expect(bytesOf({ training: less }, 'activations')).toBeLessThan(0.8 * bytesOf({ training }, 'activations'));
  // bench/LOG.md: 2.24 GB; the plan stays on the safe side.
  const planned = planMemory({ config, training: less }).peakBytes / 1e9;
  expect(planned).toBeGreaterThan(2.24);
  expect(planned).toBeLessThan(2.5);
  const pieces = { ...training, pieces: true };
  const weights = 33_694_208;
  expect(bytesOf({ training: pieces }, 'gradients') - bytesOf({ training }, 'gradients')).toBe(4 * weights);
});

test('work that fits is described in a line and passes', async () => {
  const plan = planMemory({ config, generation: { ...generation, rows: 1 } });
  expect(formatMemoryPlan(plan)).toMatch(
    /^memory about \d+ MB at most: Node.js and TensorFlow 600 MB, weights 135 MB, /,
  );
  await checkMemory(plan);
});

test('work that cannot fit is refused with its largest part and the option that makes it smaller', async () => {
  const many = await userErrorOf(() => checkMemory(planMemory({ config, generation: { ...generation, rows: 1e7 } })));
  expect(many.code).toBe('memory.plan');
  expect(many.message).toMatch(/The largest part is cache of 10000000 x 256 tokens: lower sampling.batchSize, or use/);
  const long = await userErrorOf(() =>
    checkMemory(planMemory({ config, training: { ...training, sequences: 4096, length: 4096 } })),
  );
  expect(long.message).toContain('lower train.batchSize');
});
