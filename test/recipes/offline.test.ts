import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { run } from 'nashtune';
import { afterAll, beforeAll, expect, test } from 'vitest';

import dpo from '../../recipes/dpo.ts';
import ipo from '../../recipes/ipo.ts';
import kto from '../../recipes/kto.ts';
import sft from '../../recipes/sft.ts';
import { startEngine } from '../../src/engine/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { runContents } from './runContents.ts';
import { recordedRounds, trainingSteps } from './selfPlayRun.ts';
import { writeSeparablePairs, writeTinyPolicy } from './tinyPolicy.ts';

/** Machines with other work to do. */
const PATIENT = { timeout: 300_000 };
const SHORT = {
  precision: 'fp32' as const,
  sampling: { maxNewTokens: 8, batchSize: 32 },
  train: { learningRate: 1e-2, batchSize: 4, epochs: 3, schedule: 'constant' as const, optimizer: 'adamw' as const },
};

let shared: string;
let policy: string;
let pairs: string;
beforeAll(async () => {
  await startEngine();
  shared = await mkdtemp(join(tmpdir(), 'nashtune-offline-'));
  [policy, pairs] = [join(shared, 'policy'), join(shared, 'pairs.jsonl')];
  await writeTinyPolicy(policy);
  await writeSeparablePairs(pairs, 8, { p_chosen_beats_rejected: 0.75 });
});
afterAll(() => rm(shared, { recursive: true }));

test(
  'dpo learns the pairs from the base, is measured on their prompts, and resumed has nothing left to do',
  PATIENT,
  async () => {
    const out = join(await temporaryFolder(), 'run');
    const config = { ...SHORT, policy, data: { pairs } };
    await run(dpo, { config, out });
    const steps = trainingSteps(out);
    expect(steps).toHaveLength(6);
    expect(steps[0]!.values['loss']).toBeCloseTo(Math.LN2, 5);
    expect(steps[5]!.values['loss']).toBeLessThan(0.6);
    const [only] = await recordedRounds(out);
    expect(only!.reference).toEqual({ policy: 'base', hash: only!.start });
    expect(only!.measured['judged']).toBe(8);
    const manifest = JSON.parse(await readFile(join(out, 'run.json'), 'utf8')) as { inputs: Record<string, string> };
    expect(manifest.inputs['examples']).toMatch(/^[0-9a-f]{16}$/);

    const before = await runContents(out);
    await run(dpo, { config, out, resume: true });
    expect(await runContents(out)).toEqual(before);
  },
);

test('a loss takes probabilities and margins from the pairs, and says what they lack', PATIENT, async () => {
  const folder = await temporaryFolder();
  const margins = join(folder, 'margins.jsonl');
  await writeSeparablePairs(margins, 4, { margin: 2 });
  const train = { ...SHORT.train, epochs: 1 };
  const config = { ...SHORT, train, policy, loss: 'reward_aware_rpo_sq' as const, data: { pairs: margins } };
  await run(dpo, { config: { ...config, lossOptions: { gtRewardScale: 1 } }, out: join(folder, 'margins') });
  // (0 - 2)^2 while the policy is the base.
  expect(trainingSteps(join(folder, 'margins'))[0]!.values['loss']).toBeCloseTo(4, 4);

  const refused = (change: object): Promise<object> =>
    run(dpo, { config: { ...config, ...change }, out: join(folder, 'refused') });
  await expect(refused({ loss: 'soft_ce' })).rejects.toThrow(
    /soft_ce reads softLabels \(winProbability\), which the pairs of .*margins\.jsonl do not have; there is chosenGtRewards/,
  );
  const same = join(folder, 'same.jsonl');
  await writeFile(same, '{"id":"a","prompt":"Why?","chosen":"So.","rejected":"No."}\n'.repeat(2));
  await expect(refused({ loss: 'dpo', data: { pairs: same } })).rejects.toThrow(/the id "a" is taken by line 1/);
  await expect(refused({ loss: 'dpo', data: { pairs, maxLength: 12 } })).rejects.toThrow(
    /at most 12 tokens in each, 8 of 8/,
  );
  expect(existsSync(join(folder, 'refused'))).toBe(false);
});

test('ipo leads the gap to 1 / (2 tau), summed or a token', PATIENT, async () => {
  const folder = await temporaryFolder();
  const config = { ...SHORT, policy, data: { pairs }, loss: { name: 'ipo_avg' as const, tau: 0.25 } };
  await run(ipo, { config, out: join(folder, 'run') });
  const steps = trainingSteps(join(folder, 'run'));
  expect(steps[0]!.values['loss']).toBeCloseTo(4, 4);
  expect(steps[5]!.values['loss']).toBeLessThan(3.9);
});

test(
  'kto takes labelled answers or the sides of pairs, from the base and its divergence in each step',
  PATIENT,
  async () => {
    const folder = await temporaryFolder();
    const config = { ...SHORT, policy, data: { pairs }, loss: { desirableWeight: 1.5 } };
    await run(kto, { config, out: join(folder, 'sides') });
    const [first, ...later] = trainingSteps(join(folder, 'sides'));
    expect(later).toHaveLength(11);
    // Four of 1.5 / 2 or 1 / 2 each.
    const quarters = first!.values['loss']! * 8;
    expect(quarters).toBeCloseTo(Math.round(quarters), 4);
    expect(later.at(-1)!.values['loss']).toBeLessThan(first!.values['loss']!);

    const unlabelled = join(folder, 'unlabelled.jsonl');
    await writeFile(unlabelled, '{"prompt":"Why?","completion":"So."}\n');
    const refused = (data: object): Promise<object> =>
      run(kto, { config: { ...config, data }, out: join(folder, 'refused') });
    await expect(refused({ responses: unlabelled })).rejects.toThrow(/kto_unpaired reads desirable \(scores\)/);
    await expect(refused({ responses: unlabelled, pairs })).rejects.toThrow(
      /data\.responses or data\.pairs, and not both/,
    );
  },
);

test('sft makes the answers likelier, counting tokens of the answer only', PATIENT, async () => {
  const folder = await temporaryFolder();
  const responses = join(folder, 'answers.jsonl');
  const rows = [1, 2, 3, 4].map((i) => ({ prompt: `Question ${i}?`, completion: 'It is kind.' }));
  await writeFile(responses, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  await run(sft, { config: { ...SHORT, policy, data: { responses } }, out: join(folder, 'run') });
  const losses = trainingSteps(join(folder, 'run')).map(({ values }) => values['loss']!);
  // A policy with random weights knows nothing of its 2048 tokens.
  expect(losses[0]).toBeGreaterThan(0.9 * Math.log(2048));
  expect(losses[0]).toBeLessThan(1.1 * Math.log(2048));
  expect(losses[2]).toBeLessThan(losses[1]!);
  expect(losses[1]).toBeLessThan(losses[0]!);
});
