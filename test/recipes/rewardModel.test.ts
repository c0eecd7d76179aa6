import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from 'nashtune';
import { loadRewardModel, type Comparison } from 'nashtune/judges';
import { beforeAll, describe, expect, test } from 'vitest';

import { loadTokenizer } from '../../datasets/index.ts';
import rewardModel from '../../recipes/reward-model.ts';
import { startEngine } from '../../src/engine/index.ts';
import { newRewardModel } from '../../src/judges/index.ts';
import { comparisonPairs } from '../../src/loop/index.ts';
import { readMetrics } from '../../src/loop/metricsLog.ts';
import { comparisonMetrics } from '../../src/training/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { writeSeparablePairs, writeTinyPolicy } from './tinyPolicy.ts';

beforeAll(async () => {
  await startEngine();
});

test('a reward model learns what tells good answers from bad ones, and its folder gives the scores that were measured', async () => {
  const folder = await temporaryFolder();
  const [policy, pairs, out] = ['policy', 'pairs.jsonl', 'run'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeTinyPolicy(policy);
  await writeSeparablePairs(pairs, 200, { margin: 0.5 });
  const result = (await run(rewardModel, {
    config: {
      policy,
      precision: 'fp32',
      data: { pairs, heldOut: 0.25 },
      loss: { marginScale: 1, centering: 0.01 },
      train: { learningRate: 2e-2, batchSize: 16, microBatchSize: 8, epochs: 2, evaluations: 1 },
    },
    out,
  })) as { rewardModel: string; heldOut: { accuracy: number; log_loss: number } };

  const losses = readMetrics(join(out, 'metrics.jsonl')).filter(({ stage }) => stage === 'train');
  // All scores are near zero at first: softplus of the margin.
  expect(losses[0]!.values['loss']).toBeCloseTo(Math.log1p(Math.exp(0.5)), 1);
  expect(losses.at(-1)!.values['loss']).toBeLessThan(0.3);
  expect(result.heldOut.accuracy).toBeGreaterThan(0.9);

  const config = JSON.parse(readFileSync(join(result.rewardModel, 'config.json'), 'utf8')) as Record<string, unknown>;
  expect(config).toMatchObject({ architectures: ['LlamaForSequenceClassification'], id2label: { 0: 'LABEL_0' } });
  const judge = await loadRewardModel(result.rewardModel);
  const { heldOut } = await comparisonPairs({ source: pairs, heldOut: 0.25, seed: 1 });
  const items = heldOut.map(({ id, prompt, chosen, rejected }): Comparison => ({ id, prompt, a: chosen, b: rejected }));
  const verdicts = await judge.compare(items);
  const scores = await judge.score(
    items.flatMap(({ id, prompt, a, b }) => [a, b].map((answer) => ({ id, prompt, answer }))),
  );
  judge.dispose();
  const logits = verdicts.map(({ pFirst }) => Math.log(pFirst! / (1 - pFirst!)));
  expect(
    comparisonMetrics(
      logits,
      heldOut.map(() => 1),
    ).log_loss,
  ).toBeCloseTo(result.heldOut.log_loss, 5);
  const mean = scores.reduce((sum, { score }) => sum + score!, 0) / scores.length;
  expect(Math.abs(mean)).toBeLessThan(1);
});

describe('a reward model to be trained', () => {
  test('pads with the end token where the tokenizer has no padding token, and says so in its configuration', async () => {
    const folder = join(await temporaryFolder(), 'policy');
    await writeTinyPolicy(folder);
    const path = join(folder, 'tokenizer_config.json');
    const { pad_token: _, ...settings } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify(settings));
    const tokenizer = await loadTokenizer(folder);
    const judge = await newRewardModel(folder, { tokenizer, seed: 1 });
    expect(judge.model.config.padTokenId).toBe(tokenizer.eosTokenId);
    const { ids, last } = judge.encode([{ role: 'user', content: 'Hi' }], 'Hello');
    expect(ids[last]).not.toBe(tokenizer.eosTokenId);
    expect(ids.slice(last + 1).every((token) => token === tokenizer.eosTokenId)).toBe(true);
    judge.model.dispose();
  });

  test.each([
    [
      'of a class that is no language model',
      { architectures: ['LlamaModel'] },
      /such as LlamaForCausalLM, found "LlamaModel"/,
    ],
  ])('is not made of a model %s', async (_, shape, expected) => {
    const folder = join(await temporaryFolder(), 'policy');
    await writeTinyPolicy(folder, shape);
    const tokenizer = await loadTokenizer(folder);
    const { message } = await userErrorOf(() => newRewardModel(folder, { tokenizer, seed: 1 }));
    expect(message).toMatch(expected);
  });

  test('needs margins where they are to count', async () => {
    const pairs = join(await temporaryFolder(), 'pairs.jsonl');
    await writeSeparablePairs(pairs, 3);
    const { message } = await userErrorOf(() => comparisonPairs({ source: pairs, heldOut: 0, seed: 1, margins: true }));
    expect(message).toContain('3 have none (pair-0, pair-1, pair-2)');
  });
});
