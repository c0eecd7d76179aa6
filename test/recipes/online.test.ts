import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { defineRecipe, run } from 'nashtune';
import { readArrowFile, readArrowTable } from 'nashtune/datasets';
import type { Judge } from 'nashtune/judges';
import { decidedPairs, withPolicyLoop } from 'nashtune/loop';
import { LOSSES } from 'nashtune/losses';
import { afterAll, beforeAll, expect, test } from 'vitest';

import nashMd from '../../recipes/nash-md.ts';
import onlineDpo from '../../recipes/online-dpo.ts';
import xpo from '../../recipes/xpo.ts';
import { startEngine } from '../../src/engine/index.ts';
import { readMetrics } from '../../src/loop/metricsLog.ts';
import { runContents } from './runContents.ts';
import { writeTinyPolicy } from './tinyPolicy.ts';

const PROMPTS = 6;

let folder: string;
let policy: string;
let prompts: string;
beforeAll(async () => {
  await startEngine();
  folder = await mkdtemp(join(tmpdir(), 'nashtune-test-'));
  [policy, prompts] = [join(folder, 'policy'), join(folder, 'prompts.jsonl')];
  await writeTinyPolicy(policy);
  const rows = Array.from({ length: PROMPTS }, (_, i) => JSON.stringify({ id: `p${i}`, prompt: `Question ${i}?` }));
  await writeFile(prompts, `${rows.join('\n')}\n`);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function settings(more: object = {}) {
  return {
    policy,
    precision: 'fp32' as const,
    data: { prompts },
    sampling: { maxNewTokens: 6, batchSize: 8 },
    train: { learningRate: 1e-3, batchSize: 3, warmupRatio: 0, checkpointEvery: 1 },
    ...more,
  };
}

const rowsOf = (out: string, stage: string) =>
  readMetrics(join(out, 'metrics.jsonl')).filter((row) => row.stage === stage && row.step !== undefined);

test(
  'online DPO draws anew from the present weights at each step, and starts at ln 2',
  { timeout: 300_000 },
  async () => {
    const out = join(folder, 'online-dpo');
    await run(onlineDpo, { config: settings(), out });
    const samples = await readArrowFile(join(out, 'round-01/samples.arrow'), 'samples');
    expect(samples).toHaveLength(2 * PROMPTS);
    expect(new Set(samples.map(({ prompt_id }) => prompt_id)).size).toBe(PROMPTS);
    // Two steps, of which the second sees the weights after the first.
    expect(new Set(samples.map(({ policy_hash }) => policy_hash.split('+')[1]))).toEqual(new Set(['0', '1']));
    const judgments = await readArrowTable(join(out, 'round-01/judgments.arrow'), 'judgments');
    expect(judgments.rows).toHaveLength(PROMPTS);
    expect(judgments.extraColumns.map(({ name }) => name)).toEqual(['step']);

    const [first, second] = rowsOf(out, 'train');
    expect(first!.values['loss']).toBeCloseTo(Math.LN2, 4);
    expect(second!.values['loss']).not.toBeCloseTo(Math.LN2, 5);
    expect(rowsOf(out, 'online').map(({ values }) => values['count/examples']! + values['count/ties']!)).toEqual([
      3, 3,
    ]);
  },
);

test('XPO lets the base answer beside the policy, and tells who won', { timeout: 300_000 }, async () => {
  const out = join(folder, 'xpo');
  await run(xpo, { config: settings({ loss: { alpha: 0 } }), out });
  const samples = await readArrowFile(join(out, 'round-01/samples.arrow'), 'samples');
  const base = samples.filter(({ k }) => k === 1);
  expect(base).toHaveLength(PROMPTS);
  expect(new Set(base.map(({ policy_hash }) => policy_hash)).size).toBe(1);
  expect(samples.find(({ k }) => k === 0)!.policy_hash).toBe(`${base[0]!.policy_hash}+0`);

  const judgments = await readArrowFile(join(out, 'round-01/judgments.arrow'), 'judgments');
  const wins = judgments.filter(({ p_i_beats_j: p }) => p! > 0.5).length;
  const counted = rowsOf(out, 'online').map(({ values }) => values['count/policyWins']!);
  expect(counted.reduce((a, b) => a + b)).toBe(wins);
  // Without the bonus it is DPO.
  expect(rowsOf(out, 'train')[0]!.values['loss']).toBeCloseTo(Math.LN2, 4);
});

test('Nash-MD follows the policy gradient of its own answers against the mixture', { timeout: 300_000 }, async () => {
  const out = join(folder, 'nash-md');
  await run(nashMd, { config: settings({ rounds: 1 }), out });
  const samples = await readArrowFile(join(out, 'round-01/samples.arrow'), 'samples');
  expect(samples.filter(({ k }) => k === 1).every(({ policy_hash }) => policy_hash.startsWith('0.25 of '))).toBe(true);
  const judgments = await readArrowTable(join(out, 'round-01/judgments.arrow'), 'judgments');
  // At the start the policy is the base, so that nothing is left of the loss but the win rate's term.
  const first = new Map(
    judgments.rows
      .filter((row) => (row as { step?: unknown }).step === 1)
      .map((row) => [row.prompt_id, row.p_i_beats_j!]),
  );
  const terms = samples
    .filter(({ k, prompt_id, policy_hash }) => k === 0 && first.has(prompt_id) && policy_hash.endsWith('+0'))
    .map((row) => (0.5 - first.get(row.prompt_id)!) * row.token_logps.reduce((a, b) => a + b, 0));
  expect(terms).toHaveLength(3);
  expect(rowsOf(out, 'train')[0]!.values['loss']).toBeCloseTo(terms.reduce((a, b) => a + b) / 3, 4);
});

/** Online DPO with a judge by rule. */
const judgedBy = (judge: Judge) =>
  defineRecipe({
    name: 'judged',
    summary: 'Online DPO with a judge by rule.',
    schema: onlineDpo.schema,
    presets: {},
    run: (config, context) => {
      const method = { title: 'Test', loss: LOSSES.dpo, lossOptions: { beta: 0.1 }, online: true, judge: () => judge };
      return withPolicyLoop(config, context, method, async ({ rounds }) => {
        for await (const round of rounds()) {
          await round.online(async (step) => {
            const samples = await step.sample();
            const { pairs, counts } = decidedPairs(samples, await step.judge(samples), config.preference);
            return {
              pairs: pairs.map(({ winner, loser }) => ({
                id: winner.id,
                promptIds: winner.prompt_token_ids,
                chosenIds: winner.token_ids,
                rejectedIds: loser.token_ids,
              })),
              labels: {},
              counts,
            };
          });
        }
      });
    },
  });

/** The longer answer wins; before the `n`-th call in a run, `fault` is thrown or done. */
function longerWins(n = Infinity, fault = (): void => {}): Judge {
  let calls = 0;
  return {
    id: 'longer',
    compare: async (items) => {
      calls += 1;
      if (calls === n) fault();
      return items.map(({ a, b }) => ({ pFirst: a.length === b.length ? 0.5 : Number(a.length > b.length) }));
    },
    dispose: () => undefined,
  };
}

test(
  'a run that dies or is interrupted between two checkpoints ends, resumed, with the bytes of an uninterrupted one',
  { timeout: 300_000 },
  async () => {
    const config = settings({
      train: { learningRate: 1e-3, batchSize: 2, warmupRatio: 0, epochs: 2, checkpointEvery: 4 },
    });
    const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];
    await run(judgedBy(longerWins()), { config, out: whole });

    const dies = judgedBy(
      longerWins(6, () => {
        throw new Error('killed');
      }),
    );
    await expect(run(dies, { config, out: broken })).rejects.toThrow('killed');
    // Resumed at step 5, and interrupted in it: the step is finished and saved.
    const stop = new AbortController();
    const interrupted = run(judgedBy(longerWins(1, () => stop.abort(new Error('stopped')))), {
      config,
      out: broken,
      resume: true,
      signal: stop.signal,
    });
    await expect(interrupted).rejects.toThrow('stopped');
    const names = [...(await runContents(broken)).keys()];
    expect(names).toEqual(expect.arrayContaining(['round-01/training-state/step-5.safetensors']));
    await run(judgedBy(longerWins()), { config, out: broken, resume: true });

    const [a, b] = [await runContents(whole), await runContents(broken)];
    expect([...b.keys()]).toEqual([...a.keys()]);
    for (const [path, bytes] of a) expect(b.get(path) === bytes, `${path} differs`).toBe(true);
    expect([...a.keys()].filter((path) => /training-state|online/.test(path))).toEqual([]);
    expect(await readArrowFile(join(whole, 'round-01/samples.arrow'), 'samples')).toHaveLength(4 * PROMPTS);
  },
);

test('a judge that fails too often stops the run and says why', { timeout: 300_000 }, async () => {
  const failing: Judge = { ...longerWins(), compare: async (items) => items.map(() => ({ error: 'no answer' })) };
  const stopped = run(judgedBy(failing), { config: settings(), out: join(folder, 'failing') });
  await expect(stopped).rejects.toThrow(
    /failed on all 3 questions:.*3 times: no answer.*--resume.*goes on at the last checkpoint/s,
  );
});

test('the policy at the start of the round cannot be the reference', () => {
  expect(onlineDpo.schema.safeParse({ data: { prompts }, reference: 'previous' }).success).toBe(false);
});
