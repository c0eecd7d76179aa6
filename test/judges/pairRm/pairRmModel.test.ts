import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { beforeAll, expect, test } from 'vitest';

import { startEngine } from '../../../src/engine/index.ts';
import { createPairRmModel, pairRmWeightSpecs, type PairRmConfig } from '../../../src/judges/index.ts';
import { openWeights, parseDebertaConfig, readParameters } from '../../../src/models/index.ts';
import { largestDistance } from '../../models/modelCases.ts';

const FIXTURES =
  process.env['NASHTUNE_PAIRRM_FIXTURES'] ?? fileURLToPath(new URL('../../golden/pairRm', import.meta.url));

/** pairrm_tiny_expected.json; rows are padded with 0. */
interface TinyCase {
  config: Record<'source_prefix_id' | 'cand1_prefix_id' | 'cand2_prefix_id' | 'n_tasks', number>;
  input_ids: number[][];
  attention_mask: number[][];
  left_scores: number[];
  right_scores: number[];
  logits: number[];
}

beforeAll(async () => {
  await startEngine();
});

test.each([
  [false, 1e-4],
  [true, 3 * 2 ** -6],
])('scores of both answers are those of transformers (products in bfloat16: %s)', async (bf16, bound) => {
  const golden = JSON.parse(readFileSync(join(FIXTURES, 'pairrm_tiny_expected.json'), 'utf8')) as TinyCase;
  const path = join(FIXTURES, 'pairrm_tiny.safetensors');
  const encoder = parseDebertaConfig({ model_type: 'deberta-v2', ...golden.config }, path);
  const config: PairRmConfig = { encoder, tasks: golden.config.n_tasks, sourceLength: 1224, candidateLength: 412 };
  const weights = await openWeights(path);
  const shapes = new Map(pairRmWeightSpecs(config).map(({ name, shape }) => [name, shape]));
  const model = createPairRmModel(config, await readParameters(shapes, weights), { bf16 });
  await weights.close();
  const { source_prefix_id: source, cand1_prefix_id: left, cand2_prefix_id: right } = golden.config;
  const pairs = golden.input_ids.map((row, i) => {
    const ids = row.slice(0, golden.attention_mask[i]!.filter((real) => real === 1).length);
    return { ids, markers: [ids.indexOf(source), ids.indexOf(left), ids.indexOf(right)] as const };
  });
  const scores = await model.scores(pairs);
  model.dispose();
  const lefts = scores.map(([score]) => score);
  const rights = scores.map(([, score]) => score);
  expect(largestDistance(lefts, golden.left_scores)).toBeLessThan(bound);
  expect(largestDistance(rights, golden.right_scores)).toBeLessThan(bound);
  expect(
    largestDistance(
      lefts.map((score, i) => score - rights[i]!),
      golden.logits,
    ),
  ).toBeLessThan(bound);
});
