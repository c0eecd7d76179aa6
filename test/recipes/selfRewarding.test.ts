import { join } from 'node:path';

import { run } from 'nashtune';
import { readArrowFile } from 'nashtune/datasets';
import { beforeAll, expect, test } from 'vitest';

import selfRewarding from '../../recipes/self-rewarding.ts';
import { startEngine } from '../../src/engine/index.ts';
import { readMetrics } from '../../src/loop/metricsLog.ts';
import { selfPlayFiles, SHORT } from './selfPlayRun.ts';

beforeAll(async () => {
  await startEngine();
});

const selfJudge = { samples: 1, reading: 'probabilities' as const, template: 'Rate {answer} to {prompt} Score:' };

test('the policy scores its own answers, and is trained on the best against the worst of them', async () => {
  const { policy, prompts, out } = await selfPlayFiles();
  await run(selfRewarding, { config: { ...SHORT, policy, data: { prompts }, selfJudge }, out });

  const scores = await readArrowFile(join(out, 'round-01/scores.arrow'), 'scores');
  const samples = await readArrowFile(join(out, 'round-01/samples.arrow'), 'samples');
  const pairs = await readArrowFile(join(out, 'round-01/pairs.arrow'), 'pairs');
  const scoreOf = new Map(scores.map(({ prompt_id, k, score }) => [`${prompt_id}/1/${k}`, score!]));
  for (const score of scoreOf.values()) {
    expect(score).toBeGreaterThan(0);
    expect(score).toBeLessThan(5);
  }
  expect(pairs.length).toBeGreaterThan(3);
  for (const { prompt_id, chosen_sample_id, rejected_sample_id } of pairs) {
    const own = samples.filter((row) => row.prompt_id === prompt_id).map(({ id }) => scoreOf.get(id)!);
    expect(scoreOf.get(chosen_sample_id!)).toBe(Math.max(...own));
    expect(scoreOf.get(rejected_sample_id!)).toBe(Math.min(...own));
  }

  const agreement = readMetrics(join(out, 'metrics.jsonl')).flatMap(({ values }) => values['judgeAgreement'] ?? []);
  // In the first round the judge is the base itself.
  expect(agreement[0]).toBe(1);
  expect(agreement).toHaveLength(2);
});
