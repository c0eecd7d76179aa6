import { join } from 'node:path';

import { run } from 'nashtune';
import { readArrowFile, type PromptRow } from 'nashtune/datasets';
import { beforeAll, expect, test } from 'vitest';

import eva from '../../recipes/eva.ts';
import { startEngine } from '../../src/engine/index.ts';
import { readMetrics } from '../../src/loop/metricsLog.ts';
import { completion, startApiServer } from '../judges/llm/apiServer.ts';
import { selfPlayFiles, SHORT } from './selfPlayRun.ts';

beforeAll(async () => {
  await startEngine();
});

test('the second round is on prompts that the creator wrote of the first, mixed with given ones', async () => {
  const { policy, prompts, out } = await selfPlayFiles();
  let written = 0;
  const server = await startApiServer(() => completion(`New question ${++written}?`));
  const evolve = { model: 'writer', baseURL: server.baseURL, replay: 0.34, operators: ['deepen' as const] };
  await run(eva, { config: { ...SHORT, policy, data: { prompts }, evolve, loss: 'sppo' }, out });

  const first = await readArrowFile(join(out, 'round-01/samples.arrow'), 'samples');
  const given = [0, 1, 2, 3, 4, 5].map((i) => `p${i}`);
  expect(new Set(first.map(({ prompt_id }) => prompt_id))).toEqual(new Set(given));

  const evolved = (await readArrowFile(join(out, 'round-02/evolved.arrow'), 'prompts')) as (PromptRow & {
    parent: string;
    operator: string;
  })[];
  expect(evolved.map(({ messages }) => messages[0]!.content).sort()).toEqual(
    [1, 2, 3, 4].map((n) => `New question ${n}?`),
  );
  const parents = evolved.map(({ parent }) => parent);
  expect(given).toEqual(expect.arrayContaining(parents));
  // Drawn without replacement.
  expect(new Set(parents).size).toBe(4);
  expect(new Set(evolved.map(({ operator }) => operator))).toEqual(new Set(['deepen']));

  const second = await readArrowFile(join(out, 'round-02/samples.arrow'), 'samples');
  const asked = new Set(second.map(({ prompt_id }) => prompt_id));
  expect(asked.size).toBe(6);
  expect([...asked].filter((id) => given.includes(id))).toHaveLength(2);
  expect([...asked]).toEqual(expect.arrayContaining(evolved.map(({ id }) => id)));
  const pairs = await readArrowFile(join(out, 'round-02/pairs.arrow'), 'pairs');
  for (const { p_chosen, p_rejected } of pairs) expect(p_chosen).toBeGreaterThan(p_rejected);
});

test('gaps of scores need a judge that scores; a check does', async () => {
  const { policy, prompts, out } = await selfPlayFiles();
  const config = { ...SHORT, rounds: 1, policy, data: { prompts }, informativeness: 'rewards' as const };
  await expect(run(eva, { config, out: `${out}-refused` })).rejects.toThrow(/needs a judge that scores single answers/);
  await run(eva, { config: { ...config, judge: 'verifier:length:3-5' }, out });
  const scores = await readArrowFile(join(out, 'round-01/scores.arrow'), 'scores');
  expect(scores).toHaveLength(18);
  const steps = readMetrics(join(out, 'metrics.jsonl')).filter(({ stage }) => stage === 'train');
  expect(steps[0]!.values['loss']).toBeCloseTo(Math.LN2, 5);
});
